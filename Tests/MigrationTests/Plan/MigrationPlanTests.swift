import Catalog
import Foundation
import Migration
import TestSupport
import Testing

struct MigrationPlanTests {
    /// Two pictures, a film with a thumbnail, a text; one file gone, one locked, two that nobody speaks of.
    private func project() throws -> (OldProject, PlainFolder) {
        let project = try OldProject()
        try project.media.write(SampleBytes.jpeg, to: "t.jpg")
        try project.media.write([UInt8](repeating: 7, count: 1000), to: "stray/\u{1B}[31m.bin")
        try project.media.write([UInt8](repeating: 7, count: 24), to: "stray/2.bin")
        try project.add(1, file: "1.png", bytes: SampleBytes.png)
        try project.add(2, file: "2.png", bytes: SampleBytes.png)
        try project.add(3, file: "3.mp4", bytes: SampleBytes.mp4, thumbnail: "t.jpg")
        try project.add(4, file: "4.txt", bytes: Array(repeating: UInt8(ascii: "x"), count: 5000))
        try project.add(5, file: "5.bin", bytes: nil)
        try project.add(6, file: "6.bin", bytes: [0xF1, 0x00], type: "other")
        var folder = project.folder
        folder.unreadable = ["6.bin"]
        return (project, folder)
    }

    @Test func `a plan counts records, objects, kinds and complaints, and measures a sample`() async throws {
        let (project, folder) = try project()
        let inventory = try project.inventory(files: folder)
        let plan = try await MigrationPlan.make(of: inventory, source: folder)
        #expect(plan.conversations == 2 && plan.participants == 3 && plan.messages == 3 && plan.attachments == 5)
        let (png, jpeg) = (Int64(SampleBytes.png.count), Int64(SampleBytes.jpeg.count))
        #expect(plan.objects == MigrationTotals.Amount(objects: 6, bytes: 2 * png + 64 + jpeg + 5000 + 2))
        #expect(
            plan.kinds == [
                "image": MigrationTotals.Amount(objects: 2, bytes: 2 * png),
                "video": MigrationTotals.Amount(objects: 1, bytes: 64),
                "document": MigrationTotals.Amount(objects: 1, bytes: 5000),
                "other": MigrationTotals.Amount(objects: 1, bytes: 2),
                "rendition": MigrationTotals.Amount(objects: 1, bytes: jpeg),
            ]
        )
        #expect(plan.mediaTypes["image/png"]?.objects == 2)
        #expect(plan.largest.map(\.location).prefix(2) == ["4.txt", "3.mp4"])
        #expect(plan.largest.map(\.byteCount) == plan.largest.map(\.byteCount).sorted(by: >))
        // The locked one is told of once, by the inventory.
        #expect(plan.complaintCounts == [.missing: 1, .unreadable: 1, .unreferenced: 2])
        #expect(
            plan.complaints.filter { $0.kind == .unreferenced }.map(\.subject).sorted() == [
                "stray/\u{1B}[31m.bin", "stray/2.bin",
            ]
        )
        let estimate = try #require(plan.estimate)
        #expect(estimate.sample == MigrationTotals.Amount(objects: 5, bytes: plan.objects.bytes - 2))
        #expect(estimate.seconds > 0 && estimate.seconds < 60)
        #expect(plan.remaining == plan.objects)
    }

    @Test func `objects of the target are present by their length, or in the way`() async throws {
        let (project, folder) = try project()
        let items = try await all(of: try project.inventory(files: folder)).items
        let target = try TemporaryDirectory()
        try target.write(SampleBytes.png, to: items[0].targetKey)
        try target.write("something else", to: items[1].targetKey)
        try target.write("of no interest", to: "other/key")
        let plan = try await MigrationPlan.make(
            of: try project.inventory(files: folder),
            source: folder,
            target: try DirectoryStore(path: target.path)
        )
        #expect(plan.present == MigrationTotals.Amount(objects: 1, bytes: Int64(SampleBytes.png.count)))
        #expect(plan.remaining.objects == 5)
        #expect(plan.complaints.filter { $0.kind == .conflict }.map(\.subject) == [items[1].targetKey])
    }

    /// An inventory that names one key for whatever it has.
    private struct OneKey: MigrationInventory {
        let locations: [String]

        func read(_ body: (InventoryBatch) async throws -> Void) async throws {
            var batch = InventoryBatch()
            batch.items = locations.map { MigrationItem(location: $0, targetKey: "k", byteCount: 1) }
            try await body(batch)
        }
    }

    @Test func `two objects that want one key are a conflict`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write([1], to: "a")
        try directory.write([2], to: "b")
        let folder = try DirectoryStore(path: directory.path)
        let plan = try await MigrationPlan.make(of: OneKey(locations: ["a", "b"]), source: folder)
        #expect(plan.objects.objects == 1)
        #expect(plan.complaintCounts == [.conflict: 1])
        #expect(plan.complaints.first?.reason.contains("a has the same key k") == true)
    }

    @Test func `names that look alike once encoded have a key each`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write([1], to: "a\nb")
        try directory.write([2], to: "a%0Ab")
        let folder = try DirectoryStore(path: directory.path)
        let plan = try await MigrationPlan.make(of: BareInventory(store: folder), source: folder)
        #expect(plan.objects.objects == 2)
        #expect(plan.kinds.keys.sorted() == ["bare"])
        #expect(plan.complaintCounts == [:])
    }

    @Test func `a given rate needs no sample, and known attachments are counted`() async throws {
        let (project, folder) = try project()
        var options = PlanOptions()
        options.bytesPerSecond = 100
        options.findsUnreferenced = false
        let plan = try await MigrationPlan.make(
            of: try project.inventory(files: folder),
            source: folder,
            known: { ids in Set(ids.prefix(2)) },
            options: options
        )
        #expect(plan.knownAttachments == 2)
        #expect(plan.complaintCounts == [.missing: 1, .unreadable: 1])
        #expect(plan.estimate?.seconds == Double(plan.objects.bytes) / 100)
        #expect(plan.estimate?.sample.objects == 0)
        #expect(plan.text.contains("of which the catalog knows 2"))
    }

    @Test func `new files that the scanner would refuse for their size are told of`() async throws {
        let (project, folder) = try project()
        var options = PlanOptions()
        let free = try await MigrationPlan.make(of: try project.inventory(files: folder), source: folder)
        #expect(free.tooLargeToScan.objects == 0 && free.maxScannedByteCount == nil)
        options.maxScannedByteCount = 4 << 20
        let small = try await MigrationPlan.make(
            of: try project.inventory(files: folder),
            source: folder,
            options: options
        )
        #expect(small.tooLargeToScan.objects == 0)
        #expect(!small.text.contains("scan."))
        try project.media.write(Array(repeating: UInt8(ascii: "x"), count: (4 << 20) + 1), to: "4.txt")
        let plan = try await MigrationPlan.make(
            of: try project.inventory(files: folder),
            source: folder,
            options: options
        )
        #expect(plan.tooLargeToScan == MigrationTotals.Amount(objects: 1, bytes: (4 << 20) + 1))
        #expect(!plan.isWithoutFault)
        let lines = plan.text.split(separator: "\n")
        let first = "Scan        1 file is larger than scan.maxMegabytes (4 MB) and would be refused:"
        #expect(lines.contains { $0 == first })
        #expect(lines.contains { $0.hasSuffix(" raise it, set scan.largerFiles: pass or scan.migrated: pass") })
        #expect(lines.allSatisfy { $0.count <= 100 })
        // What is there already is not scanned again.
        let known = try await MigrationPlan.make(
            of: try project.inventory(files: folder),
            source: folder,
            known: { Set($0) },
            options: options
        )
        #expect(known.tooLargeToScan.objects == 0)
    }

    @Test func `complaints beyond the limit are counted alone`() async throws {
        let (project, folder) = try project()
        var options = PlanOptions()
        options.complaintLimit = 1
        options.largestCount = 1
        let plan = try await MigrationPlan.make(
            of: try project.inventory(files: folder),
            source: folder,
            options: options
        )
        #expect(plan.complaintCounts[.unreferenced] == 2)
        #expect(plan.complaints.filter { $0.kind == .unreferenced }.count == 1)
        #expect(plan.largest.map(\.location) == ["4.txt"])
        #expect(plan.text.contains("and 1 more"))
    }

    @Test func `the text is safe for a terminal and narrow, and JSON brings the plan back`() async throws {
        let (project, folder) = try project()
        let plan = try await MigrationPlan.make(of: try project.inventory(files: folder), source: folder)
        let lines = plan.text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(!plan.text.contains("\u{1B}"))
        #expect(lines.contains { $0.contains("6 objects") })
        #expect(lines.contains("  Files that are not there: 1"))
        let data = try JSONEncoder().encode(plan)
        #expect(try JSONDecoder().decode(MigrationPlan.self, from: data) == plan)
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect((json["complaintCounts"] as? [String: Int])?["missing"] == 1)
    }
}
