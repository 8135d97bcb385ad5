import Foundation
import GRDB
import Testing

@testable import Catalog

/// Lists of attachments page by page, and sums over them.
struct ListingTests {
    private static let kinds: [FileKind] = [.image, .video, .document]

    /// Stores files a millisecond apart but for every third, which has the time of the one before.
    private func fill(_ fixture: CatalogFixture, count: Int) async throws -> [CatalogAttachment] {
        var stored: [CatalogAttachment] = []
        for number in 0..<count {
            var attachment = fixture.attachment(status: .ready, uploadedBy: number.isMultiple(of: 2) ? "ann" : "bob")
            attachment.fileKind = Self.kinds[number % 3]
            attachment.fileSize = Int64(1000 + number)
            let step = number % 3 == 2 ? number - 1 : number
            attachment.uploadedAt = fixture.start.addingTimeInterval(Double(step) / 1000)
            try await fixture.commit(attachment)
            stored.append(attachment)
        }
        return stored.sorted { first, second in
            (first.uploadedAt, first.id.text) > (second.uploadedAt, second.id.text)
        }
    }

    private func pages(
        _ fixture: CatalogFixture,
        of scope: AttachmentScope,
        kind: FileKind? = nil,
        size: Int
    ) async throws -> [[UUID]] {
        var pages: [[UUID]] = []
        var position: AttachmentPosition?
        while true {
            let page = try await fixture.catalog.attachments(in: scope, kind: kind, before: position, limit: size)
            guard let last = page.last else { return pages }
            pages.append(page.map(\.id))
            position = AttachmentPosition(of: last)
        }
    }

    @Test(arguments: [1, 2, 4, 100])
    func `every attachment is on one page, newest first, whatever the size of a page`(size: Int) async throws {
        let fixture = try await CatalogFixture()
        let stored = try await fill(fixture, count: 10)
        for scope in [AttachmentScope.conversation(fixture.conversationID), .message(fixture.message.id)] {
            let found = try await pages(fixture, of: scope, size: size)
            #expect(found.flatMap(\.self) == stored.map(\.id))
            #expect(found.count == (10 + size - 1) / size)
            let videos = try await pages(fixture, of: scope, kind: .video, size: size)
            #expect(videos.flatMap(\.self) == stored.filter { $0.fileKind == .video }.map(\.id))
        }
        #expect(try await fixture.catalog.attachments(in: .conversation(UUID()), limit: 5).isEmpty)
        #expect(try await fixture.catalog.attachments(in: .message(UUID()), limit: 5).isEmpty)
    }

    @Test(arguments: [nil, FileKind.video], [false, true])
    func `a page is found in an index and nothing is sorted`(kind: FileKind?, isLater: Bool) async throws {
        let fixture = try await CatalogFixture()
        let position = isLater ? AttachmentPosition(uploadedAt: 1_700_000_000_000, id: UUID()) : nil
        for scope in [AttachmentScope.conversation(fixture.conversationID), .message(fixture.message.id)] {
            let query = AttachmentPage(scope: scope, kind: kind, position: position, limit: 1)
            let plan = try await fixture.catalog.read { db in
                try db.rows(sql: "EXPLAIN QUERY PLAN \(query.sql)", arguments: query.arguments)
                    .map { row in try row.decode(String.self, forColumn: "detail") }
            }
            #expect(plan.count == 1)
            let step = try #require(plan.first)
            #expect(step.hasPrefix("SEARCH attachment USING INDEX attachment_by_"))
            // The place is part of the search: what lies before it is not read.
            #expect(step.contains("(uploaded_at,id)<(?,?)") == isLater)
        }
    }

    @Test func `sums by type, user and conversation are those of the files`() async throws {
        let fixture = try await CatalogFixture()
        let stored = try await fill(fixture, count: 7)
        #expect(try await fixture.catalog.usageByFileType().map(\.key) == ["document", "image", "video"])
        #expect(try await fixture.catalog.usageByFileType().map(\.files) == [2, 3, 2])
        // Sizes are 1000 and the number: documents are 2 and 5, pictures 0, 3 and 6, videos 1 and 4.
        #expect(try await fixture.catalog.usageByFileType().map(\.bytes) == [2007, 3009, 2005])
        #expect(try await fixture.catalog.usageByFileType(of: .user("bob")).map(\.bytes) == [1005, 1003, 1001])
        let here = try await fixture.catalog.usageByFileType(of: .conversation(fixture.conversationID))
        #expect(here.map(\.files) == [2, 3, 2])
        #expect(try await fixture.catalog.usageByFileType(of: .conversation(UUID())).isEmpty)
        let users = try await fixture.catalog.usage(by: .user, limit: 10)
        #expect(users.map(\.key) == ["ann", "bob"])
        #expect(users.map(\.files) == [4, 3])
        #expect(users.map(\.bytes) == [4012, 3009])
        #expect(try await fixture.catalog.usage(by: .user, after: "ann", limit: 10).map(\.key) == ["bob"])
        #expect(try await fixture.catalog.usage(by: .user, limit: 1).map(\.key) == ["ann"])
        let conversations = try await fixture.catalog.usage(by: .conversation, limit: 10)
        #expect(conversations.map(\.key) == [fixture.conversationID.text])
        #expect(conversations.map(\.bytes) == [stored.reduce(0) { $0 + $1.fileSize }])
        #expect(try await fixture.catalog.usage(by: .fileType, limit: 10).map(\.files) == [2, 3, 2])
    }

    @Test func `jobs are listed latest first, and counted by kind and state`() async throws {
        let fixture = try await CatalogFixture()
        let now = fixture.start.addingTimeInterval(60)
        let first = try #require(try await fixture.commit(fixture.attachment()))
        let second = try #require(try await fixture.commit(fixture.attachment()))
        try await fixture.catalog.releaseJob(second, at: fixture.start)
        let third = try #require(try await fixture.commit(fixture.attachment()))
        try await fixture.catalog.postponeJob(
            third,
            until: now.addingTimeInterval(9),
            error: "why",
            countsAttempt: true
        )
        let jobs = try await fixture.catalog.jobs(limit: 2)
        #expect(jobs.map(\.id) == [third.id, second.id])
        #expect(jobs.map { $0.state(at: now) } == [.delayed, .waiting])
        let rest = try await fixture.catalog.jobs(before: second.id, limit: 2)
        #expect(rest.map(\.id) == [first.id])
        #expect(rest.map { $0.state(at: now) } == [.running])
        #expect(try await fixture.catalog.jobs(kind: .revoke, limit: 9).isEmpty)
        #expect(try await fixture.catalog.jobCounts(at: now) == [.process: [.running: 1, .waiting: 1, .delayed: 1]])
    }
}
