package import Curl
import HTTPTypes
package import SigV4

/// The dozen S3 calls on one bucket: signed, repeated where that is sound, their failures typed.
///
/// A value that shares one HTTP client; copies are the same client. Every call throws `S3Error`.
package struct S3Client: Sendable {
    let configuration: S3Configuration
    let curl: CurlClient
    let signer: Signer
    let location: S3Location
    let publicLocation: S3Location
    private let clock: @Sendable () -> SigningTime
    private let clockOffset = ClockOffset()

    /// A client with a transport of its own; throws what is wrong with the settings or the transport.
    package init(configuration: S3Configuration) throws {
        try configuration.validate()
        self.init(configuration: configuration, curl: try CurlClient(configuration: configuration.curl))
    }

    /// A client over a given transport, with a clock that a test can set.
    package init(
        configuration: S3Configuration,
        curl: CurlClient,
        clock: @escaping @Sendable () -> SigningTime = { SigningTime.now() }
    ) {
        self.configuration = configuration
        self.curl = curl
        self.clock = clock
        signer = Signer(credentials: configuration.credentials, region: configuration.region, service: "s3")
        location = S3Location(
            endpoint: configuration.endpoint,
            addressing: configuration.addressing,
            bucket: configuration.bucket
        )
        publicLocation = S3Location(
            endpoint: configuration.publicEndpoint ?? configuration.endpoint,
            addressing: configuration.publicAddressing ?? configuration.addressing,
            bucket: configuration.bucket
        )
    }

    /// Ends the transport: calls under way fail.
    package func shutdown() async {
        await curl.shutdown()
    }

    /// Whether bodies are hashed for their signatures: a caller that has the SHA-256 anyway saves reading a body twice.
    package var signsPayloads: Bool { configuration.signsBodies }

    /// The storage's time, as far as it is known.
    var now: SigningTime {
        SigningTime(secondsSinceEpoch: clock().secondsSinceEpoch + clockOffsetSeconds)
    }

    /// How far the clock of an answer is ahead of ours, in seconds.
    func clockLead(of headers: HTTPFields) -> Int64? {
        headers[.date].flatMap(HTTPDate.secondsSinceEpoch).map { $0 - clock().secondsSinceEpoch }
    }

    /// The correction in force, in seconds.
    var clockOffsetSeconds: Int64 { clockOffset.seconds }

    func correctClock(by lead: Int64) {
        clockOffset.seconds = lead
    }
}
