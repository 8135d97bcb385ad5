import Foundation
package import S3
package import SigV4

/// A moto server: another hand's S3, in memory and open files, which checks neither signatures nor clocks nor digests.
///
/// The program is `SATCHEL_TEST_MOTO`, else `.dev/venv/bin/moto_server` under the package root. It ends, and what it
/// holds goes, with the test process, however that ends.
package final class Moto: Sendable {
    /// Where it listens.
    package let endpoint: S3Endpoint
    /// Who signs; anybody may.
    package let credentials: Credentials
    private let process: MotoProcess

    /// Whether there is a program to start.
    package static var canStart: Bool { program != nil }

    /// The server that tests share: buckets of their own keep them apart.
    package static var shared: Moto {
        get async throws {
            try await sharedStart.value
        }
    }

    private static let sharedStart: Task<Moto, any Error> = Task { try await Moto() }

    private init() async throws {
        guard let program = Self.program else {
            throw MotoError("no moto_server: set SATCHEL_TEST_MOTO or install .dev/venv/bin/moto_server")
        }
        let process = try MotoProcess()
        try process.start(program)
        let port = try await process.port()
        self.process = process
        endpoint = try S3Endpoint(parsing: "http://127.0.0.1:\(port)")
        credentials = Credentials(accessKeyID: "satchel-test", secretAccessKey: "satchel-test-secret")
        try await waitUntilReady()
    }

    /// Settings for a bucket on this server: path addressing, signed bodies.
    package func configuration(bucket: String) -> S3Configuration {
        S3Configuration(endpoint: endpoint, bucket: bucket, addressing: .path, credentials: credentials)
    }

    // It listens before it answers: what it knows of S3 is loaded by the first request.
    private func waitUntilReady() async throws {
        var settings = configuration(bucket: "readiness")
        settings.requestTimeout = .seconds(60)
        let client = try S3Client(configuration: settings)
        do {
            try await client.createBucket()
        } catch {
            await client.shutdown()
            throw MotoError("not ready: \(error); its last words: \(process.lastWords)")
        }
        await client.shutdown()
    }

    private static var program: String? {
        if let path = ProcessInfo.processInfo.environment["SATCHEL_TEST_MOTO"], !path.isEmpty {
            return path
        }
        let packageRoot = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let path = packageRoot.appendingPathComponent(".dev/venv/bin/moto_server").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }
}

/// Why a moto server could not be had.
package struct MotoError: Error, CustomStringConvertible {
    /// What went wrong.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
