import Curl
import HTTPTypes
import NIOCore
import S3
import SigV4

/// A bucket that is measured: the ways to ask it, each with as few extras as can be.
///
/// The measurements stand in the extensions; each has objects of its own.
struct BucketProbe: Sendable {
    /// What the measurements store.
    static let content = ByteBuffer(string: "satchel check\n")
    static let digests = S3Digests(of: content)
    /// What they claim to store where a claim is to be wrong.
    static let otherDigests = S3Digests(of: ByteBuffer(string: "satchel chess\n"))

    private(set) var client: S3Client
    private var deadline: ContinuousClock.Instant?
    let settings: S3Configuration
    let curl: CurlClient
    let traces: BucketTraces
    /// What the configuration says of these two.
    let checksums: ChecksumUse
    let partSizeBytes: Int64
    /// The page that a browser would load files for.
    let origin: String

    init(
        way: BucketAccess.Way,
        curl: CurlClient,
        traces: BucketTraces,
        checksums: ChecksumUse,
        partSizeBytes: Int64,
        origin: String
    ) {
        client = way.client
        settings = way.settings
        self.curl = curl
        self.traces = traces
        self.checksums = checksums
        self.partSizeBytes = partSizeBytes
        self.origin = origin
    }

    /// The same bucket for calls that must have ended by then.
    func until(_ deadline: ContinuousClock.Instant) -> BucketProbe {
        var copy = self
        copy.client = client.until(deadline)
        copy.deadline = deadline
        return copy
    }

    /// Another client for the same bucket, with the same time to end.
    func makeClient(with settings: S3Configuration) -> S3Client {
        let client = S3Client(configuration: settings, curl: curl)
        return deadline.map { client.until($0) } ?? client
    }

    // MARK: - Objects

    /// Asks to store the content, with headers or a signature that may be wrong.
    func put(
        _ name: String,
        headers: [(name: String, value: String)] = [],
        payload: PayloadHash? = nil,
        body: ByteBuffer = BucketProbe.content
    ) async throws(S3Error) -> S3TrialAnswer {
        var trial = S3Trial("PutObject", .put, key: traces.key(name))
        trial.headers = headers
        trial.payload = payload
        trial.body = body
        return try await client.perform(trial)
    }

    /// Stores the content for a measurement of something else, and returns its key; throws where that is refused.
    @discardableResult
    func store(_ name: String, headers: [(name: String, value: String)] = []) async throws(S3Error) -> String {
        let answer = try await put(name, headers: headers)
        guard answer.isSuccess else { throw answer.error }
        return traces.key(name)
    }

    /// Asks for what is said of an object.
    func head(_ name: String) async throws(S3Error) -> S3TrialAnswer {
        try await client.perform(S3Trial("HeadObject", .head, key: traces.key(name)))
    }

    // MARK: - Uploads in parts

    /// Opens an upload; throws where that is refused.
    func openUpload(
        _ name: String,
        headers: [(name: String, value: String)] = []
    ) async throws(S3Error) -> BucketTraces.Upload {
        var trial = S3Trial("CreateMultipartUpload", .post, key: traces.key(name))
        trial.query = [(name: "uploads", value: "")]
        trial.headers = headers
        let answer = try await client.perform(trial)
        guard answer.isSuccess, let id = answer.text(of: "UploadId"), !id.isEmpty else { throw answer.error }
        let upload = BucketTraces.Upload(key: traces.key(name), id: id)
        traces.note(upload)
        return upload
    }

    /// Sends a part and takes the answer for what it is; throws where it is refused.
    func send(
        _ body: ByteBuffer,
        as number: Int,
        of upload: BucketTraces.Upload
    ) async throws(S3Error) -> S3Part {
        var trial = S3Trial("UploadPart", .put, key: upload.key)
        trial.query = [(name: "partNumber", value: "\(number)"), (name: "uploadId", value: upload.id)]
        trial.body = body
        let answer = try await client.perform(trial)
        guard answer.isSuccess, let etag = answer.header("etag") else { throw answer.error }
        return S3Part(number: number, etag: etag, byteCount: Int64(body.readableBytes))
    }

    /// Asks to make an object of the parts.
    func complete(_ upload: BucketTraces.Upload, _ parts: [S3Part]) async throws(S3Error) -> S3TrialAnswer {
        let answer = try await client.perform(.completion(key: upload.key, uploadID: upload.id, parts: parts))
        if answer.isSuccess { traces.forget(upload) }
        return answer
    }

    /// Makes an object of one part; throws where that is refused.
    func storeInParts(
        _ name: String,
        headers: [(name: String, value: String)] = []
    ) async throws(S3Error) -> (upload: BucketTraces.Upload, parts: [S3Part]) {
        let upload = try await openUpload(name, headers: headers)
        let parts = [try await send(Self.content, as: 1, of: upload)]
        let answer = try await complete(upload, parts)
        guard answer.isSuccess else { throw answer.error }
        return (upload: upload, parts: parts)
    }
}
