import Foundation
import Glibc
import TestSupport

/// Looks at worker processes through /proc.
///
/// A worker started by a name of its own can be told from other tests' workers.
struct WorkerProcessTable {
    struct Entry: Equatable {
        let pid: pid_t
        let parent: pid_t
        let isZombie: Bool
    }

    /// The name that the worker is started by; the kernel keeps 15 characters of it.
    let name: String

    init(name: String = "sw-" + UUID().uuidString.prefix(10).lowercased()) {
        self.name = name
    }

    /// Makes the name a link to the worker, and answers its path.
    func link(in fixtures: MediaFixtures) throws -> String {
        let path = fixtures.directory.file(name)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: WorkerBinary.path)
        return path
    }

    /// All processes of that name.
    var all: [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        // An orphan that has ended is init's to reap, which some containers' init takes its time for.
        return names.compactMap { pid_t($0) }.compactMap(entry).filter { !($0.isZombie && $0.parent == 1) }
    }

    /// The fork server: this process's child.
    var server: pid_t? {
        all.first { $0.parent == getpid() && !$0.isZombie }?.pid
    }

    /// The server's children.
    var jobs: [Entry] {
        guard let server else { return [] }
        return all.filter { $0.parent == server }
    }

    /// The number of descriptors that a process holds.
    func descriptorCount(of pid: pid_t) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
    }

    /// The resident memory of a process in KiB, shared pages included.
    func residentKilobytes(of pid: pid_t) -> Int? {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }
    }

    /// Waits until the server has no child left, for two minutes at most.
    func waitForNoJobs() async throws -> Bool {
        for _ in 0..<12_000 {
            if jobs.isEmpty { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Waits until no process of the name is left, for two minutes at most.
    func waitForNothing() async throws -> Bool {
        for _ in 0..<12_000 {
            if all.isEmpty { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    private func entry(_ pid: pid_t) -> Entry? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            text.hasPrefix("\(pid) (\(name)) ")
        else { return nil }
        let fields = text.dropFirst("\(pid) (\(name)) ".count).split(separator: " ")
        guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
        return Entry(pid: pid, parent: parent, isZombie: fields[0] == "Z")
    }
}
