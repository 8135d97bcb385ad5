import Foundation
package import S3

/// A storage that the system tests run against.
///
/// SeaweedFS and moto, each as far as its program is there, or the one server that `SATCHEL_TEST_S3_ENDPOINT` names,
/// with `SATCHEL_TEST_S3_ACCESS_KEY` and `SATCHEL_TEST_S3_SECRET_KEY`, in their place.
package enum S3TestServer: String, Sendable, CaseIterable {
    /// Checks signatures and digests; keeps keys as the paths of a file system.
    case seaweedFS
    /// Checks next to nothing, takes every key.
    case moto
    /// What stands there is not known: where the standard leaves a choice, either will do.
    case external

    /// Those that can be had here.
    package static var available: [S3TestServer] {
        if let endpoint = ProcessInfo.processInfo.environment["SATCHEL_TEST_S3_ENDPOINT"], !endpoint.isEmpty {
            return [.external]
        }
        var servers: [S3TestServer] = []
        if SeaweedFS.canStart { servers.append(.seaweedFS) }
        if Moto.canStart { servers.append(.moto) }
        return servers
    }

    /// Those of them that refuse a request whose signature, time or life is wrong.
    package static var thatCheckSignatures: [S3TestServer] { available.filter { $0 != .moto } }

    /// Settings for a bucket on this server: path addressing, signed bodies.
    package func configuration(bucket: String) async throws -> S3Configuration {
        switch self {
        case .seaweedFS, .external: try await SeaweedFS.shared.configuration(bucket: bucket)
        case .moto: try await Moto.shared.configuration(bucket: bucket)
        }
    }

    /// Makes a bucket that no other test knows and returns its name.
    package func makeBucket() async throws -> String {
        let bucket = "test-\(UUID().uuidString.lowercased())"
        let client = try S3Client(configuration: try await configuration(bucket: bucket))
        do {
            try await client.createBucket()
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
        return bucket
    }

    /// A client for a new bucket, with its settings as they are or changed.
    package func makeClient(_ change: (inout S3Configuration) throws -> Void = { _ in }) async throws -> S3Client {
        var settings = try await configuration(bucket: try await makeBucket())
        try change(&settings)
        return try S3Client(configuration: settings)
    }
}
