import Catalog
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

/// Intents that are durable before the uploads that need them.
struct IntentReserveTests {
    private let start = ContinuousClock.now

    private func intent() -> UploadIntent {
        let id = UUID.version7()
        return UploadIntent(id: id, objectKey: "attachments/\(id)", userID: "ann", createdAt: Date())
    }

    /// A reserve with so many uploads under way.
    private func reserve(_ count: Int) -> IntentReserve {
        let reserve = IntentReserve()
        for _ in 0..<count { #expect(reserve.enter(at: start) == nil) }
        return reserve
    }

    /// Commits one of those under way, and answers the intent that came with it.
    @discardableResult
    private func commit(_ reserve: IntentReserve, fails: Bool = false) -> UploadIntent? {
        let change = reserve.plan(at: start, makeIntent: intent)
        reserve.settle(change, isCommitted: !fails)
        return change.added
    }

    @Test func `an upload alone, or nearly so, puts nothing by`() {
        let reserve = reserve(4)
        for _ in 0..<4 {
            #expect(commit(reserve) == nil)
            #expect(reserve.leave() == [])
        }
    }

    @Test func `in a crowd the next one has its intent already, and after the last one none stays`() {
        let reserve = reserve(6)
        let added = (0..<2).compactMap { _ in commit(reserve) }
        #expect(added.count == 2)
        #expect(reserve.leave() == [])
        #expect(reserve.enter(at: start) == added[1])
        for _ in 0..<5 { #expect(reserve.leave() == []) }
        #expect(reserve.leave() == [added[0]])
        #expect(reserve.enter(at: start) == nil)
    }

    @Test func `no more are put by than uploads are under way beside`() {
        let reserve = reserve(6)
        #expect((0..<9).compactMap { _ in commit(reserve) }.count == 5)
    }

    @Test(arguments: [(6, false), (12, false), (13, true), (40, true)])
    func `commits wait for one another where many are under way`(count: Int, isOfCrowd: Bool) {
        let reserve = reserve(count)
        let change = reserve.plan(at: start, makeIntent: intent)
        #expect(change.isOfCrowd == isOfCrowd)
    }

    @Test func `where the crowd is over, what was put by goes with the next commit`() {
        let reserve = reserve(6)
        let added = commit(reserve)
        #expect(reserve.leave() == [])
        #expect(reserve.leave() == [])
        let change = reserve.plan(at: start, makeIntent: intent)
        #expect(change.added == nil)
        #expect(change.dropped.map(\.intent) == [added].compactMap(\.self))
        reserve.settle(change, isCommitted: false)
        // It was not committed: it is there still.
        #expect(reserve.enter(at: start) == added)
    }

    @Test func `what a failed commit brought was never there`() {
        let reserve = reserve(6)
        #expect(commit(reserve, fails: true) != nil)
        #expect(reserve.enter(at: start) == nil)
    }

    @Test func `an old one is not used, for others may have taken it, and goes`() throws {
        let reserve = reserve(6)
        let old = try #require(commit(reserve))
        let later = start.advanced(by: .seconds(10))
        #expect(reserve.enter(at: later) == nil)
        let change = reserve.plan(at: later, makeIntent: intent)
        #expect(change.dropped.map(\.intent) == [old])
        reserve.settle(change, isCommitted: true)
        #expect(reserve.enter(at: later) == change.added)
    }
}

/// The same with a real bucket and a real catalog.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ReservedUploadTests {
    @Test func `small files by many at once are stored each under its own key, and nothing is left over`()
        async throws
    {
        let fixture = try await ServiceFixture { $0.uploadsAtOncePerUser = nil }
        let keys = try await withThrowingTaskGroup(of: [String].self) { group in
            for client in 1...24 {
                group.addTask {
                    var keys: [String] = []
                    for number in 1...8 {
                        let bytes = document(byteCount: 4096, seed: UInt64(client * 100 + number))
                        let view = try await fixture.upload(bytes)
                        #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == bytes)
                        keys.append(view.attachment.objectKey)
                    }
                    return keys
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(keys).count == 24 * 8)
        #expect(Set(try await fixture.storage.listObjects().map(\.key)) == Set(keys))
        #expect(try await fixture.catalog.intents().isEmpty)
        #expect(fixture.service.inHandCount == 0)
        for key in keys.prefix(20) {
            #expect(try await fixture.catalog.referencedObjectKeys(among: [key]) == [key])
        }
    }

    @Test func `an upload has the id that was put by, and leaves nothing where another process took it`() async throws {
        let fixture = try await ServiceFixture { $0.uploadsAtOncePerUser = nil }
        let reserve = fixture.service.intentReserve
        // A crowd that is under way all the while.
        for _ in 0..<5 { #expect(reserve.enter() == nil) }
        let first = try await fixture.upload(document(byteCount: 512)).attachment
        let intent = try #require(try await fixture.catalog.intents().first)
        let second = try await fixture.upload(document(byteCount: 600)).attachment
        #expect(second.id == intent.id)
        #expect(second.objectKey == intent.objectKey)

        let next = try #require(try await fixture.catalog.intents().first)
        #expect(next.id != intent.id)
        let other = try Catalog.open(path: fixture.directory.file("catalog.sqlite"))
        #expect(try await other.takeIntent(id: next.id)?.objectKey == next.objectKey)
        #expect(try await other.removeIntent(id: next.id))
        let error = await #expect(throws: CatalogError.self) {
            _ = try await fixture.upload(document(byteCount: 700))
        }
        #expect(error?.code == .missingIntent)
        #expect(try await fixture.catalog.attachment(id: next.id) == nil)
        #expect(Set(try await fixture.storage.listObjects().map(\.key)) == [first.objectKey, second.objectKey])
        #expect(try await fixture.catalog.intents().isEmpty)
        for _ in 0..<5 { #expect(reserve.leave() == []) }
        #expect(fixture.service.inHandCount == 0)
    }

    @Test func `uploads that fail among others leave nothing, whatever was put by for them`() async throws {
        let fixture = try await ServiceFixture { $0.uploadsAtOncePerUser = nil }
        let stored = try await withThrowingTaskGroup(of: Int.self) { group in
            for client in 1...24 {
                group.addTask {
                    var stored = 0
                    for number in 1...6 {
                        do {
                            let bytes = document(byteCount: 4096, seed: UInt64(client * 100 + number))
                            _ = try await fixture.upload(bytes) { _ in
                                if number.isMultiple(of: 3) { throw CancellationError() }
                            }
                            stored += 1
                        } catch is CancellationError {}
                        // One that fails at its commit: its message is gone by then.
                        let upload = try fixture.service.openUpload(
                            by: fixture.ann,
                            route: .any,
                            declaredFileLength: nil
                        )
                        let own = Message(
                            id: .version7(),
                            conversationID: fixture.message.conversationID,
                            senderID: "ann",
                            createdAt: Date()
                        )
                        try await fixture.catalog.putMessage(own)
                        try await upload.authorize(messageID: own.id)
                        try upload.beginFile(name: "a.pdf", declaredType: nil)
                        try await upload.write(ByteBuffer(bytes: document(byteCount: 512)))
                        try await upload.endFile()
                        _ = try await fixture.service.deleteMessage(id: own.id)
                        let error = await #expect(throws: AttachmentError.self) { _ = try await upload.finish() }
                        #expect(error?.code == .messageNotFound)
                        await upload.abandon(because: error)
                    }
                    return stored
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(stored == 24 * 4)
        #expect(try await fixture.storage.listObjects().count == stored)
        #expect(try await fixture.catalog.intents().isEmpty)
        #expect(fixture.service.inHandCount == 0)
    }
}
