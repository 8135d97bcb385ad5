import Catalog
import Foundation
import TestSupport
import Testing

/// A copy of a database, of which another server may have gone on, is not begun with as it is.
struct HomeTests {
    /// A database that a server has started with, and a copy of it elsewhere.
    private func copy(_ fixture: CatalogFixture, withUpload: Bool) async throws -> String {
        let server = try Catalog.open(path: fixture.path, exclusively: true)
        try await server.requireHome()
        if withUpload { try await server.insertIntent(fixture.intent(for: fixture.attachment())) }
        let path = fixture.directory.file("elsewhere/copy.sqlite")
        _ = try server.backup(to: path)
        try server.close()
        return path
    }

    private func start(_ path: String) async throws -> CatalogError.Code? {
        let server = try Catalog.open(path: path, exclusively: true)
        let code = try await errorCode { try await server.requireHome() }
        try server.close()
        return code
    }

    @Test func `a copy of a time with uploads under way is refused until it is restored`() async throws {
        let fixture = try await CatalogFixture()
        let copy = try await copy(fixture, withUpload: true)
        #expect(try await start(copy) == .copied)
        #expect(try await start(copy) == .copied)
        let restored = fixture.directory.file("restored.sqlite")
        _ = try Catalog.restore(copy, to: restored)
        #expect(try await start(restored) == nil)
        // The original goes on as ever, with its uploads.
        #expect(try await start(fixture.path) == nil)
        #expect(try await fixture.catalog.intents().count == 1)
    }

    @Test func `a copy with nothing under way is at home from its first start on`() async throws {
        let fixture = try await CatalogFixture()
        let copy = try await copy(fixture, withUpload: false)
        #expect(try await start(copy) == nil)
        let catalog = try Catalog.open(path: copy)
        try await catalog.insertIntent(fixture.intent(for: fixture.attachment()))
        #expect(try await start(copy) == nil)
    }

    @Test func `a database of before the mark is at home where it is`() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.catalog.insertIntent(fixture.intent(for: fixture.attachment()))
        #expect(try await start(fixture.path) == nil)
        #expect(try await start(fixture.path) == nil)
    }
}
