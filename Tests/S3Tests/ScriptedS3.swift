import Curl
import S3
import SigV4
import Synchronization
import TestSupport

/// What a scripted storage does with one request.
enum Reply: Sendable {
    case answer(status: Int = 200, headers: [(String, String)] = [], body: String = "")
    /// A head without a body: for HEAD, whose Content-Length announces what is not sent.
    case head(status: Int = 200, headers: [(String, String)] = [])
    /// The request is read and the connection reset.
    case reset
    /// The request is read and never answered.
    case silence

    static func error(_ code: String, status: Int) -> Reply {
        .answer(status: status, headers: [("Content-Type", "application/xml")], body: errorDocument(code))
    }

    static func errorDocument(_ code: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <Error><Code>\(code)</Code><Message>Words about \(code).</Message><RequestId>R-1</RequestId></Error>
        """
    }

    static let completed: Reply = .answer(
        body: """
            <?xml version="1.0" encoding="UTF-8"?>
            <CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Key>k</Key>\
            <ETag>&quot;abc-2&quot;</ETag></CompleteMultipartUploadResult>
            """
    )

    /// The answer to HEAD for an object that `completed` is about.
    static func stored(byteCount: Int) -> Reply {
        .head(headers: [("Content-Length", "\(byteCount)"), ("ETag", "\"abc-2\"")])
    }
}

/// A storage that gives the replies in order, whatever it is asked; past their end it answers 418.
struct ScriptedS3 {
    let server: ScriptedServer
    let client: S3Client

    init(
        _ replies: [Reply],
        maxAttempts: Int = 3,
        signsPayload: PayloadSigning = .automatic,
        checksums: ChecksumUse = .automatic,
        circuit: S3CircuitPolicy = S3CircuitPolicy(),
        clock: @escaping @Sendable () -> SigningTime = { SigningTime.now() }
    ) throws {
        let position = Position()
        server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil {
                let index = position.next()
                switch index < replies.count ? replies[index] : .answer(status: 418) {
                case .answer(let status, let headers, let body):
                    try connection.respond(status: status, headers: headers, body: body)
                case .head(let status, let headers):
                    try connection.send(ScriptedConnection.head(status: status, headers: headers))
                case .reset:
                    connection.reset()
                    return
                case .silence:
                    connection.waitForClose()
                    return
                }
            }
        }
        let configuration = S3Configuration(
            endpoint: try S3Endpoint(parsing: server.url),
            bucket: "bucket",
            credentials: Credentials(accessKeyID: "AKID", secretAccessKey: "secret"),
            signsPayload: signsPayload,
            checksums: checksums,
            retry: S3RetryPolicy(
                maxAttempts: maxAttempts,
                baseDelay: .milliseconds(1),
                maxDelay: .milliseconds(5)
            ),
            circuit: circuit
        )
        client = S3Client(configuration: configuration, curl: try CurlClient(), clock: clock)
    }

    var requests: [RecordedRequest] { server.requests }
}

extension S3Client {
    /// A client of a server with a script of its own, which repeats nothing for what a failure says.
    init(asking server: ScriptedServer) throws {
        try self.init(
            configuration: S3Configuration(
                endpoint: try S3Endpoint(parsing: server.url),
                bucket: "bucket",
                credentials: Credentials(accessKeyID: "AKID", secretAccessKey: "secret"),
                retry: S3RetryPolicy(maxAttempts: 1)
            )
        )
    }
}

/// Counts from 0, on any thread.
final class Position: Sendable {
    private let value = Mutex(0)

    /// How many were counted.
    var count: Int { value.withLock { $0 } }

    func next() -> Int {
        value.withLock { value in
            defer { value += 1 }
            return value
        }
    }
}
