import Catalog
import Foundation
import Logging
import S3

@testable import Attachments

extension ServiceFixture {
    /// One whose catalog notes the bucket as that of its objects, as the start of a server does: else nothing is swept.
    static func settled(
        configure: (inout AttachmentsConfiguration) -> Void = { _ in }
    ) async throws -> ServiceFixture {
        let fixture = try await ServiceFixture(configure: configure)
        _ = try await fixture.catalog.settleStorage(current: fixture.storage.identity(), source: nil)
        return fixture
    }

    /// A sweep as the command makes one, of this catalog or of another that was made of it.
    func makeSweep(of other: Catalog? = nil, age: TimeInterval = 0) -> Sweep {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return Sweep(catalog: other ?? catalog, storage: storage, spoolDirectory: spoolPath, age: age, logger: logger)
    }

    /// All keys in the bucket.
    func keys() async throws -> Set<String> {
        Set(try await storage.listObjects().map(\.key))
    }
}
