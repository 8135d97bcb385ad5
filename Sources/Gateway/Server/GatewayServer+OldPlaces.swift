import Attachments
import Catalog
import Logging
import S3

// What has not been moved into the storage yet: where it is, and how this server tells.
extension GatewayServer {
    /// An old place that is open.
    struct OldPlaces: Sendable {
        let source: MigrationSource
        let links: SignedLinks
    }

    /// Opens the configured old place, and brings the catalog to what the configuration says of the storage.
    ///
    /// Where the storage is another than at the last start, and the old place is the one of then, every object waits there from
    /// now on. Throws `StorageContradiction` where neither is the one that the files are in: what is uploaded to a storage that
    /// the rest is not in would be lost from view once that is put right.
    static func openOldPlaces(
        _ configuration: GatewayConfiguration,
        catalog: Catalog,
        logger: Logger
    ) async throws -> OldPlaces? {
        let store = try configuration.migrationSource.map { source in try Self.store(source) }
        let current = configuration.storage.identity()
        let settlement: StorageSettlement
        do {
            settlement = try await catalog.settleStorage(current: current, source: store?.identity)
            if case .contradicts(let noted) = settlement {
                throw StorageContradiction(files: noted, current: current, source: store?.identity)
            }
        } catch {
            await store?.shutdown()
            throw error
        }
        Self.tell(settlement, current: current, source: store?.identity, logger)
        guard let store else { return nil }
        let links = SignedLinks(
            secret: try await catalog.urlSecret(),
            basePath: configuration.listener.basePath,
            publicURL: configuration.publicURL
        )
        return OldPlaces(source: MigrationSource(store: store, links: links), links: links)
    }

    /// Nil where no URL of this server's own is made, or the configuration says what it begins with.
    var basing: RequestBasing? {
        var makesURLs = streamLinks != nil
        if case .directory = configuration.migrationSource { makesURLs = true }
        guard makesURLs, configuration.publicURL == nil else { return nil }
        return RequestBasing(limits: limits, scheme: configuration.listener.tls == nil ? "http" : "https")
    }

    private static func store(_ configuration: MigrationSourceConfiguration) throws -> any OldStore {
        switch configuration {
        case .directory(let path): try DirectoryOldStore(path: path)
        case .bucket(let bucket, let prefix):
            BucketOldStore(client: try S3Client(configuration: bucket), prefix: prefix)
        }
    }

    private static func tell(
        _ settlement: StorageSettlement,
        current: String,
        source: String?,
        _ logger: Logger
    ) {
        switch settlement {
        case .unchanged, .noted, .contradicts: break
        case .placed(let objects):
            logger.notice(
                "The storage is another one: what is in the one of before is served from there until it is moved",
                metadata: ["objects": "\(objects)", "before": "\(source ?? "-")", "now": "\(current)"]
            )
        case .unknown:
            logger.warning(
                """
                It is not known which storage the files are in: if it is this one, run `satchel storage adopt --yes` while no \
                server runs; if it is the migration's source, start once with s3.* as it was and without migration.source
                """,
                metadata: ["s3": "\(current)", "source": "\(source ?? "-")"]
            )
        }
    }
}
