import Catalog
import Foundation
import Testing
import Yams

@testable import Gateway

/// The kinds of jobs wherever they are listed by hand, held against those that there are.
struct JobKindTests {
    private static let names = JobKind.allCases.map(\.rawValue)

    private func text(of file: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
    }

    /// Every list and every mapping below a node, as the words in it.
    private func lists(below node: Node) -> [[String]] {
        switch node {
        case .scalar, .alias: []
        case .sequence(let sequence): [sequence.compactMap(\.string)] + sequence.flatMap { lists(below: $0) }
        case .mapping(let mapping): [mapping.compactMap(\.key.string)] + mapping.flatMap { lists(below: $0.value) }
        }
    }

    @Test func `the description of the API lists them all`() throws {
        let document = try #require(try Yams.compose(yaml: try text(of: "docs/openapi.yaml")))
        let found = lists(below: document).filter { $0.contains("transcode") && $0.contains("webhook") }
        // The filter, the counts and their example, and a job's own kind.
        #expect(found.count == 4)
        for list in found { #expect(list.sorted() == Self.names.sorted()) }
        // One that lacks a kind must not pass by not being looked at.
        let partial = lists(below: document).filter { $0.contains("purge") && $0.contains("scan") }
        #expect(partial.count == found.count)
        // Progress is told of those alone that somebody waits for.
        let awaited = lists(below: document).filter { $0.contains("transcode") && !$0.contains("webhook") }
        #expect(awaited.map { $0.sorted() } == [JobKind.allCases.filter(\.isAwaited).map(\.rawValue).sorted()])
    }

    @Test func `the example of the configuration lists them all, in words and as settings`() throws {
        let example = try text(of: "config/satchel.example.yaml")
        let words = try #require(
            example.replacing("\n  # ", with: " ").firstMatch(of: /names with commas between \(([a-z, ]+)\)/)
        )
        #expect(words.1.split(separator: ", ").map(String.init).sorted() == Self.names.sorted())
        let document = try #require(try Yams.compose(yaml: example))
        let settings = try #require(document["jobs"]?["concurrency"]?.mapping)
        #expect(settings.compactMap(\.key.string).sorted() == Self.names.sorted())
        let prefix = "jobs.concurrency."
        let keys = ConfigurationKey.allCases.map(\.rawValue).filter { $0.hasPrefix(prefix) }
        #expect(keys.map { String($0.dropFirst(prefix.count)) }.sorted() == Self.names.sorted())
    }

    @Test func `the pages of jobs, settings and metrics list them all`() throws {
        let jobs = try text(of: "docs/jobs.md").split(separator: "\n").drop { !$0.hasPrefix("| kind |") }
        let rows = jobs.dropFirst(2).prefix { $0.hasPrefix("| ") }
        let kinds = rows.compactMap { $0.split(separator: "|").first }.flatMap { $0.split(separator: ",") }
        #expect(kinds.map { $0.trimmingCharacters(in: .whitespaces) }.sorted() == Self.names.sorted())

        let metrics = try text(of: "docs/metrics.md")
        let labels = try #require(metrics.firstMatch(of: /\| `satchel_jobs` \| gauge \| kind: ([a-z, ]+);/))
        #expect(labels.1.split(separator: ", ").map(String.init).sorted() == Self.names.sorted())

        let settings = try text(of: "docs/operations.md").split(separator: "\n")
            .filter { $0.hasPrefix("| jobs.concurrency.") }
            .compactMap { $0.split(separator: "|").first }
            .flatMap { $0.split(separator: ",") }
            .map { $0.trimmingCharacters(in: .whitespaces).replacing("jobs.concurrency.", with: "") }
        #expect(settings.sorted() == Self.names.sorted())
    }
}
