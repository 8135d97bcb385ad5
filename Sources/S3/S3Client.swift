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
    let health: S3Health
    /// When calls must have ended, their retries included; nil for no such time.
    private(set) var deadline: ContinuousClock.Instant?
    private(set) var retry: S3RetryPolicy
    private(set) var observer: (any S3Observer)?
    private let clock: @Sendable () -> SigningTime

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
        retry = configuration.retry
        health = S3Health(policy: configuration.circuit)
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

    /// The same client for calls that are carried over an outage of the storage: they wait for it for so long.
    package func patient(for patience: Duration) -> S3Client {
        var copy = self
        copy.retry.patience = patience
        return copy
    }

    /// The same client for calls that must have ended by then, their retries included.
    package func until(_ deadline: ContinuousClock.Instant) -> S3Client {
        var copy = self
        copy.deadline = min(deadline, self.deadline ?? deadline)
        return copy
    }

    /// The same client, which tells the observer of each of its calls.
    package func observed(by observer: any S3Observer) -> S3Client {
        var copy = self
        copy.observer = observer
        return copy
    }

    /// Whether the storage is taken to be down: calls are refused, or probe first.
    package var isCircuitOpen: Bool { health.circuit.isOpen }

    /// How long the storage, which is known to be down, will not be asked; nil while calls go through.
    package var refusal: Duration? { health.circuit.refusal }

    /// Whether signatures cover bodies: a caller that has their SHA-256 anyway saves reading them twice.
    package var signsBodies: Bool { configuration.signsBodies }

    /// Whether the storage is asked to check what arrives: no more once it has refused to.
    var sendsChecksums: Bool { configuration.checksums != .never && health.confirmation.takesChecksums }

    /// The storage's time, as far as it is known: ours, corrected by what the storage said of it.
    package var now: SigningTime {
        SigningTime(secondsSinceEpoch: clock().secondsSinceEpoch + clockOffsetSeconds)
    }

    /// Our own time, in seconds since 1970.
    var ownTime: Int64 { clock().secondsSinceEpoch }

    /// How far the clock of an answer is ahead of ours, in seconds.
    func clockLead(of headers: HTTPFields) -> Int64? {
        headers[.date].flatMap(HTTPDate.secondsSinceEpoch).map { $0 - ownTime }
    }

    /// The correction in force, in seconds.
    var clockOffsetSeconds: Int64 { health.clock.seconds }

    func correctClock(by lead: Int64) {
        health.clock.seconds = lead
    }
}
