package import S3

/// A store that was opened for a command, with the client that has to be shut down after it.
package struct OpenedStore: Sendable {
    /// The store.
    package let store: any ObjectStore
    private let client: S3Client?

    /// The files below a directory; throws `sourceUnreadable` where there is none, or it cannot be read.
    package init(directory: String) throws(MigrationError) {
        do throws(MigrationError) {
            store = try DirectoryStore(path: directory)
        } catch {
            throw MigrationError(.sourceUnreadable, error.message)
        }
        client = nil
    }

    /// The objects of a bucket below a prefix; throws `sourceUnreadable` where the bucket does not answer, or refuses.
    package init(bucket configuration: S3Configuration, prefix: String) async throws {
        let client: S3Client
        do {
            client = try S3Client(configuration: configuration)
        } catch {
            throw MigrationError(.invalidArgument, "the source's bucket cannot be used: \(error)")
        }
        do throws(S3Error) {
            try await client.headBucket()
        } catch {
            await client.shutdown()
            let place = "\(configuration.endpoint.scheme)://\(configuration.endpoint.authority)/\(configuration.bucket)"
            throw MigrationError(.sourceUnreadable, "the source \(place) cannot be used: \(error)")
        }
        self.client = client
        store = BucketStore(client: client, prefix: prefix)
    }

    /// The place that the command line names.
    package static func open(
        _ place: StorePlace,
        access: BucketAccess,
        target: S3Configuration
    ) async throws -> OpenedStore {
        switch place {
        case .directory(let path):
            return try OpenedStore(directory: path)
        case .bucket(let name, let prefix):
            let configuration = try access.configuration(bucket: name, target: target)
            return try await OpenedStore(bucket: configuration, prefix: prefix)
        }
    }

    /// The place that a journal names; throws `journal` where the store that was opened is another.
    package static func open(
        identity: String,
        access: BucketAccess,
        target: S3Configuration
    ) async throws -> OpenedStore {
        switch try StoreIdentity(parsing: identity) {
        case .directory(let path):
            return try OpenedStore(directory: path)
        case .bucket(let endpoint, let name, let prefix):
            var access = access
            access.endpoint = endpoint
            let configuration = try access.configuration(bucket: name, target: target)
            return try await OpenedStore(bucket: configuration, prefix: prefix)
        }
    }

    /// Ends the connections.
    package func close() async {
        await client?.shutdown()
    }
}
