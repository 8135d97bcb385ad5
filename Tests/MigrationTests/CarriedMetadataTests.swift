import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Migration

struct CarriedMetadataTests {
    @Test func `what a header can say is carried, a value without bytes too`() {
        let carried = CarriedMetadata(["b": "", "A_b-c": "x y", "d": " x", "e": "\u{FC}", "satchel-move": "1"])
        #expect(carried.entries.map(\.name) == ["a_b-c", "b", "d", "e"])
        #expect(carried.entries.map(\.value) == ["x y", "", "=?UTF-8?B?IHg=?=", "=?UTF-8?B?w7w=?="])
        #expect(carried.losses == [])
    }

    @Test func `what none can say is told`() {
        let carried = CarriedMetadata(["two words": "1", "na\u{EF}ve": "2", "Owner": "3", "owner": "4", "": "5"])
        #expect(carried.entries.map(\.name) == ["owner"])
        #expect(carried.losses.count == 4)
        #expect(carried.losses.contains { $0.contains("\"two words\"") })
        #expect(carried.losses.contains { $0.contains("but for capitals") })
    }

    @Test func `a time without room beside the metadata is told, and the token goes first`() {
        var object = StoredObject(location: "x", byteCount: 1, modifiedAt: Date(timeIntervalSince1970: 1_700_000_000))
        object.metadata = ["long": String(repeating: "x", count: 1990)]
        let token = String(repeating: "t", count: 34)
        let item = MigrationItem(location: "x", targetKey: "x")
        let description = ObjectDescription(of: item, object, prefix: [], sha256: nil, token: token)
        #expect(description.headers.metadata.map(\.name) == ["long", "satchel-move"])
        #expect(description.losses == ["its time has no room beside its metadata"])
    }

    // Some servers keep the coding that an upload came in, and send the object with it; others kept an empty one.
    @Test(arguments: [
        ("aws-chunked", nil), ("gzip", "gzip"), ("aws-chunked,gzip", "gzip"), ("gzip, AWS-Chunked , br", "gzip, br"),
        ("", nil), (nil, nil),
    ])
    func `the coding of an upload is not taken for the object's`(stored: String?, carried: String?) {
        var object = StoredObject(location: "x", byteCount: 1, modifiedAt: nil)
        object.contentEncoding = stored
        let item = MigrationItem(location: "x", targetKey: "x")
        let description = ObjectDescription(of: item, object, prefix: [], sha256: nil, token: "t")
        #expect(description.headers.contentEncoding == carried)
        #expect(description.losses == [])
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"))
    func `metadata without a value arrives, or is told of in journal and report`() async throws {
        let fixture = try await MigrationFixture()
        let storage = try await SeaweedFS.shared
        let client = try S3Client(configuration: storage.configuration(bucket: try await storage.makeBucket()))
        var headers = S3ObjectHeaders(contentType: "text/plain")
        headers.metadata = [(name: "owner", value: "7")]
        _ = try await client.putObject(key: "o", body: .bytes(ByteBuffer(string: "o")), headers: headers)
        let store = BucketStore(client: client)
        var item = MigrationItem(location: "o", targetKey: "new/o")
        item.headers = ItemHeaders(
            cacheControl: nil,
            contentEncoding: nil,
            metadata: ["owner": "7", "flag": "", "two words": "lost"]
        )
        #expect(try await fixture.run([item], from: store).done.objects == 1)
        let head = try await fixture.plain.headObject(key: "new/o")
        #expect(head.metadata["owner"] == "7")
        let journal = try fixture.journal(of: store)
        let remarks = try await journal.arrivalRemarks()
        #expect(remarks.count == 1)
        let reason = try #require(remarks.first.first?.reason)
        #expect(reason.contains("\"two words\""))
        #expect(head.metadata["flag"] == "" || reason.contains("without a value: flag"))
        #expect(remarks.first.first?.isRemark == true)
        let report = try await MigrationReport.make(of: journal, outcome: "done")
        #expect(report.complaints == remarks.first)
        // What is only told of is no fault.
        #expect(try await CutOverCheck(catalog: nil, journal: journal).standing() == .arrived)
        try await journal.close()
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), arguments: [true, false])
    func `what is not kept is told of once, though a run died before or after it was noted`(
        isNoted: Bool
    ) async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", Array("bytes".utf8))
        var store = WatchedStore(base: try fixture.store())
        store.tagCount = 2
        let items = [MigrationItem(location: "a", targetKey: "a")]
        let remark = "it had 2 tags at the source, and has 0 in the target"
        #expect(try await fixture.run(items, from: store).done.objects == 1)
        #expect(try await fixture.row()?.remark == remark)
        // The journal's last commits were lost with the process.
        try fixture.alterJournal(
            """
            UPDATE object SET
                state = 'planned', sha256 = NULL, proof = NULL, verified_at = NULL, recorded_at = NULL,
                remark = \(isNoted ? "remark" : "NULL")
            """
        )
        #expect(try await fixture.run(items, from: store).done.objects == 1)
        #expect(try await fixture.row()?.remark == remark)
    }
}
