import Foundation
import Glibc
import Migration
import TestSupport
import Testing

/// Faults of single files that may pass by themselves, and a plan.
///
/// A socket is such a file: the system has no device for who opens it as one (ENXIO), as for a file of a disk that is going.
struct PlanFaultTests {
    /// An inventory of files that it has not looked at, each of a byte.
    private struct NamedFiles: MigrationInventory {
        let locations: [String]

        func read(_ body: (InventoryBatch) async throws -> Void) async throws {
            var batch = InventoryBatch()
            batch.items = locations.map { MigrationItem(location: $0, targetKey: $0, byteCount: 1) }
            try await body(batch)
        }
    }

    private func makeSocket(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(result == 0)
    }

    private func folder(files: Int, sockets: Int) throws -> (TemporaryDirectory, NamedFiles) {
        let directory = try TemporaryDirectory()
        for number in 0..<files { try directory.write("x", to: "f\(number)") }
        for number in 0..<sockets { try makeSocket(directory.file("s\(number)")) }
        let locations = (0..<files).map { "f\($0)" } + (0..<sockets).map { "s\($0)" }
        return (directory, NamedFiles(locations: locations))
    }

    @Test func `a file with such a fault is counted, and the plan goes on`() async throws {
        let (directory, inventory) = try folder(files: 10, sockets: 3)
        let store = try DirectoryStore(path: directory.path)
        let fault = try await migrationError { _ = try await store.readingFault(of: "s0") }
        #expect(fault?.isTransient == true)
        let plan = try await MigrationPlan.make(of: inventory, source: store.forgivingFaults())
        #expect(plan.complaintCounts == [.unreadable: 3])
        #expect(plan.complaints.map(\.subject).sorted() == ["s0", "s1", "s2"])
        #expect(plan.objects.objects == 13)
        #expect(plan.estimate?.sample.objects == 10)
    }

    @Test func `many in a row are the directory's, and end the plan`() async throws {
        let (directory, inventory) = try folder(files: 0, sockets: 30)
        let store = try DirectoryStore(path: directory.path).forgivingFaults()
        let error = try await migrationError { _ = try await MigrationPlan.make(of: inventory, source: store) }
        #expect(error?.code == .sourceUnreadable)
        #expect(error?.isTransient == true)
    }

    @Test func `what the list finds in between ends a row of them`() async throws {
        let (directory, _) = try folder(files: 1, sockets: 20)
        let store = try DirectoryStore(path: directory.path).forgivingFaults()
        for number in 0..<19 {
            let fault = try await store.readingFault(of: "s\(number)")
            #expect(fault?.code == .sourceUnreadable)
        }
        try await store.list { _ in }
        let fault = try await store.readingFault(of: "s19")
        #expect(fault?.code == .sourceUnreadable)
    }

    @Test func `a directory that is away ends the plan at once`() async throws {
        let directory = try TemporaryDirectory()
        let store = try DirectoryStore(path: directory.path).forgivingFaults()
        let inventory = NamedFiles(locations: ["f0"])
        let error = try await migrationError { _ = try await MigrationPlan.make(of: inventory, source: store) }
        #expect(error?.message.contains("is it mounted?") == true)
    }
}
