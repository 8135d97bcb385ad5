package import Curl
package import SigV4

/// How the bucket is named in a URL.
package enum S3Addressing: String, Sendable {
    /// `https://host/bucket/key`: what most servers other than AWS expect.
    case path
    /// `https://bucket.host/key`: what AWS expects.
    case virtualHost
}

/// Whether the digest of a body is part of the signature.
package enum PayloadSigning: Sendable {
    /// Over http it is, but for what is streamed, whose MD5 is; over https TLS already guards the body.
    case automatic
    /// It always is.
    case always
    /// Bodies go out as `UNSIGNED-PAYLOAD`.
    case never
}

/// How failed calls are repeated: full-jitter backoff that doubles up to a bound.
package struct S3RetryPolicy: Sendable {
    /// How often a call is sent at most; 1 means never again.
    package var maxAttempts: Int
    /// The upper bound of the first pause.
    package var baseDelay: Duration
    /// The upper bound of every pause, a `Retry-After` included.
    package var maxDelay: Duration
    /// For how long a call that fails because the storage is down is repeated beyond that: an outage this short is
    /// waited out.
    package var patience: Duration

    /// Four attempts with pauses of at most two seconds, unless told otherwise.
    package init(
        maxAttempts: Int = 4,
        baseDelay: Duration = .milliseconds(100),
        maxDelay: Duration = .seconds(2),
        patience: Duration = .zero
    ) {
        self.maxAttempts = maxAttempts
        self.baseDelay = baseDelay
        self.maxDelay = maxDelay
        self.patience = patience
    }
}

/// When calls are refused because the storage is down, and how it is probed until it is back.
package struct S3CircuitPolicy: Sendable {
    /// So many failures without an answer between them open the circuit.
    package var failureCount: Int
    /// The pause before the first probe; it doubles with each that fails.
    package var probeInterval: Duration
    /// The longest pause between probes.
    package var maxProbeInterval: Duration

    /// Six failures, probes after one second to ten, unless told otherwise.
    package init(
        failureCount: Int = 6,
        probeInterval: Duration = .seconds(1),
        maxProbeInterval: Duration = .seconds(10)
    ) {
        self.failureCount = failureCount
        self.probeInterval = probeInterval
        self.maxProbeInterval = maxProbeInterval
    }
}

/// Whether the storage is asked to check bodies against their CRC32C (`x-amz-checksum-crc32c`).
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
package enum ChecksumUse: String, Sendable {
    /// It is, until it says that it does not know such a header.
    case automatic = "auto"
    /// It always is.
    case always
    /// It never is.
    case never
}

/// Everything a client must know about one bucket.
package struct S3Configuration: Sendable {
    /// Where this process reaches the service.
    package var endpoint: S3Endpoint
    /// Where the holders of presigned URLs reach it; nil means at `endpoint`.
    package var publicEndpoint: S3Endpoint?
    /// The region named in every signature.
    package var region: String
    /// The bucket all keys live in.
    package var bucket: String
    /// How `endpoint` wants the bucket named.
    package var addressing: S3Addressing
    /// How `publicEndpoint` wants the bucket named; nil means as `endpoint` does.
    package var publicAddressing: S3Addressing?
    /// Who signs.
    package var credentials: Credentials
    /// Whether bodies are digested for the signature.
    package var signsPayload: PayloadSigning
    /// Whether the storage is asked to check bodies against their CRC32C.
    package var checksums: ChecksumUse
    /// How failed calls are repeated.
    package var retry: S3RetryPolicy
    /// When calls are refused because the storage is down.
    package var circuit: S3CircuitPolicy
    /// The limit for a call without a large body, per attempt.
    package var requestTimeout: Duration
    /// The transport underneath.
    package var curl: CurlConfiguration

    /// Endpoint, bucket and credentials are required; the rest has defaults.
    package init(
        endpoint: S3Endpoint,
        publicEndpoint: S3Endpoint? = nil,
        region: String = "us-east-1",
        bucket: String,
        addressing: S3Addressing = .path,
        publicAddressing: S3Addressing? = nil,
        credentials: Credentials,
        signsPayload: PayloadSigning = .automatic,
        checksums: ChecksumUse = .automatic,
        retry: S3RetryPolicy = S3RetryPolicy(),
        circuit: S3CircuitPolicy = S3CircuitPolicy(),
        requestTimeout: Duration = .seconds(30),
        curl: CurlConfiguration = CurlConfiguration()
    ) {
        self.endpoint = endpoint
        self.publicEndpoint = publicEndpoint
        self.region = region
        self.bucket = bucket
        self.addressing = addressing
        self.publicAddressing = publicAddressing
        self.credentials = credentials
        self.signsPayload = signsPayload
        self.checksums = checksums
        self.retry = retry
        self.circuit = circuit
        self.requestTimeout = requestTimeout
        self.curl = curl
    }

    /// Refuses what no service could serve: a malformed bucket name, one prefixed to an address or to a host that cannot spell
    /// it, no region.
    package func validate() throws(S3ConfigurationError) {
        let bucketBytes = bucket.utf8
        let isBucketName =
            (3...63).contains(bucketBytes.count)
            && bucketBytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
                default: false
                }
            }
        guard isBucketName else {
            throw S3ConfigurationError("a bucket's name has 3 to 63 letters, digits, dots and hyphens", field: .bucket)
        }
        guard !region.isEmpty else {
            throw S3ConfigurationError("a region is required, if only us-east-1", field: .region)
        }
        guard addressing == .path || !endpoint.isAddress else {
            throw S3ConfigurationError(
                "virtual-host addressing needs an endpoint with a name, not an address",
                field: .addressing
            )
        }
        // Hosts have no case, and some servers of old have buckets that have: the host would name another one.
        let isInHost = addressing == .virtualHost || (publicEndpoint != nil && publicAddressing == .virtualHost)
        guard !isInHost || bucket == bucket.lowercased() else {
            throw S3ConfigurationError(
                "virtual-host addressing needs a bucket's name without capital letters",
                field: .addressing
            )
        }
        if let publicEndpoint, (publicAddressing ?? addressing) == .virtualHost, publicEndpoint.isAddress {
            throw S3ConfigurationError(
                "virtual-host addressing needs a public endpoint with a name, not an address",
                field: .publicEndpoint
            )
        }
    }

    var signsBodies: Bool {
        switch signsPayload {
        case .automatic: endpoint.scheme == "http"
        case .always: true
        case .never: false
        }
    }
}
