import Foundation
import NIOCore
package import S3
package import SigV4

/// A SeaweedFS whose S3 side checks signatures: a process of its own on free loopback ports, or one named by
/// `SATCHEL_TEST_S3_ENDPOINT`.
///
/// The program is `SATCHEL_TEST_WEED`, else `.dev/venv/bin/weed` under the package root. A process of ours ends, and
/// its data goes, with the value or with the test process, however that ends.
package final class SeaweedFS: Sendable {
    /// Where its S3 side listens.
    package let endpoint: S3Endpoint
    /// Who may sign.
    package let credentials: Credentials
    private let process: SeaweedFSProcess?

    /// Whether there is an S3 server to test against, or a program to start one.
    package static var isAvailable: Bool {
        environment("SATCHEL_TEST_S3_ENDPOINT") != nil || program != nil
    }

    /// Whether there is a program to start servers that can be stopped.
    package static var canStart: Bool { program != nil }

    /// The server that tests share: buckets of their own keep them apart.
    package static var shared: SeaweedFS {
        get async throws {
            try await sharedStart.value
        }
    }

    private static let sharedStart: Task<SeaweedFS, any Error> = Task {
        if let text = environment("SATCHEL_TEST_S3_ENDPOINT") {
            return SeaweedFS(
                endpoint: try S3Endpoint(parsing: text),
                credentials: Credentials(
                    accessKeyID: environment("SATCHEL_TEST_S3_ACCESS_KEY") ?? "satchel",
                    secretAccessKey: environment("SATCHEL_TEST_S3_SECRET_KEY") ?? "satchel-secret"
                ),
                process: nil
            )
        }
        return try await SeaweedFS()
    }

    private init(endpoint: S3Endpoint, credentials: Credentials, process: SeaweedFSProcess?) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.process = process
    }

    /// Starts a server of the caller's own and waits until it takes objects; about a second.
    package convenience init() async throws {
        guard let program = Self.program else {
            throw SeaweedFSError("no weed: set SATCHEL_TEST_WEED or install .dev/venv/bin/weed")
        }
        let credentials = Credentials(accessKeyID: "satchel-test", secretAccessKey: "satchel-test-secret")
        let process = try SeaweedFSProcess(
            program: program,
            accessKeyID: credentials.accessKeyID,
            secretAccessKey: credentials.secretAccessKey
        )
        try process.start()
        self.init(
            endpoint: try S3Endpoint(parsing: "http://127.0.0.1:\(process.ports.s3)"),
            credentials: credentials,
            process: process
        )
        try await waitUntilReady()
    }

    /// Settings for a bucket on this server: path addressing, signed bodies.
    package func configuration(bucket: String) -> S3Configuration {
        S3Configuration(endpoint: endpoint, bucket: bucket, addressing: .path, credentials: credentials)
    }

    /// Makes a bucket that no other test knows and returns its name.
    package func makeBucket() async throws -> String {
        let bucket = "test-\(UUID().uuidString.lowercased())"
        let client = try S3Client(configuration: configuration(bucket: bucket))
        do {
            try await client.createBucket()
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
        return bucket
    }

    /// Ends a server of the caller's own: connections to it are refused, its data stays.
    package func stop() async {
        process?.stop()
    }

    /// Starts a stopped server again, on the same ports with the same data, and waits until it takes objects.
    package func restart() async throws {
        try process?.start()
        try await waitUntilReady()
    }

    private func waitUntilReady() async throws {
        var settings = configuration(bucket: "readiness")
        settings.retry = S3RetryPolicy(maxAttempts: 1)
        settings.requestTimeout = .seconds(60)
        let client = try S3Client(configuration: settings)
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            do {
                try await client.createBucket()
                _ = try await client.putObject(
                    key: "probe",
                    body: .bytes(.init(string: "ready")),
                    contentType: "text/plain"
                )
                break
            } catch {
                guard ContinuousClock.now < deadline else {
                    await client.shutdown()
                    throw SeaweedFSError("not ready: \(error); its last words: \(process?.lastWords ?? "")")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        await client.shutdown()
    }

    private static var program: String? {
        if let path = environment("SATCHEL_TEST_WEED") {
            return path
        }
        let packageRoot = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let path = packageRoot.appendingPathComponent(".dev/venv/bin/weed").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Why a SeaweedFS could not be had.
package struct SeaweedFSError: Error, CustomStringConvertible {
    /// What went wrong.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
