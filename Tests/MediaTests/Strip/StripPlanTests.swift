import Foundation
import Glibc
import Media
import TestSupport
import Testing

struct StripPlanTests {
    private typealias Edit = StripPlan.Edit

    private static let edits: [Edit] = [
        Edit(range: 0..<2, replacement: .bytes([9])), Edit(range: 3..<5, replacement: .fill(7)),
        Edit(range: 6..<6, replacement: .bytes([1, 2])), Edit(range: 8..<10, replacement: .bytes([])),
    ]

    @Test func `a plan changes what it names and copies the rest`() throws {
        let fixtures = try MediaFixtures()
        let plan = try #require(StripPlan(edits: Self.edits, sourceByteCount: 10))
        let source = open(try fixtures.write([10, 11, 12, 13, 14, 15, 16, 17, 18, 19], to: "source"), O_RDONLY)
        let output = fixtures.directory.file("output")
        let target = open(output, O_RDWR | O_CREAT, 0o600)
        defer {
            close(source)
            close(target)
        }
        try plan.write(from: source, to: target)
        #expect(try fixtures.bytes(of: output) == [9, 12, 7, 7, 15, 1, 2, 16, 17])
        #expect(plan.byteCount == 9)
        #expect(!plan.isInPlace && !plan.isEmpty)
        #expect(try plan.writeInPlace(target) == false)
    }

    @Test func `a plan that moves nothing is written into the file itself`() throws {
        let fixtures = try MediaFixtures()
        let edits = [Edit(range: 1..<3, replacement: .bytes([5, 6])), Edit(range: 4..<6, replacement: .fill(0))]
        let plan = try #require(StripPlan(edits: edits, sourceByteCount: 6))
        let path = try fixtures.write([1, 1, 1, 1, 1, 1], to: "file")
        let file = open(path, O_RDWR)
        defer { close(file) }
        #expect(plan.isInPlace)
        #expect(try plan.writeInPlace(file))
        #expect(try fixtures.bytes(of: path) == [1, 5, 6, 1, 0, 0])
    }

    @Test func `a file of another size is refused`() throws {
        let fixtures = try MediaFixtures()
        let plan = try #require(StripPlan(edits: [], sourceByteCount: 4))
        let source = open(try fixtures.write([1, 2, 3], to: "source"), O_RDWR)
        defer { close(source) }
        #expect(throws: StripWriteError.self) { try plan.write(from: source, to: source) }
        #expect(throws: StripWriteError.self) { try plan.writeInPlace(source) }
    }

    @Test func `a plan survives being sent`() throws {
        let plan = try #require(StripPlan(edits: Self.edits, sourceByteCount: 10))
        #expect(StripPlan(encoded: plan.encoded) == plan)
        // A size of eight bytes, then two bounds of eight and a kind for each edit; a value, or a count and the bytes.
        #expect(plan.encoded.count == 8 + 4 * 17 + 1 + (8 + 1) + (8 + 2) + 8)
    }

    @Test(arguments: 0..<95) func `a plan that is cut off is none, but between its edits`(_ byteCount: Int) throws {
        let plan = try #require(StripPlan(edits: Self.edits, sourceByteCount: 10))
        let isWhole = [8, 8 + 26, 8 + 26 + 18, 8 + 26 + 18 + 27].contains(byteCount)
        #expect((StripPlan(encoded: [UInt8](plan.encoded.prefix(byteCount))) != nil) == isWhole)
    }

    @Test(arguments: [
        [Edit(range: 4..<5, replacement: .fill(0)), Edit(range: 1..<2, replacement: .fill(0))],
        [Edit(range: 1..<4, replacement: .fill(0)), Edit(range: 3..<5, replacement: .fill(0))],
        [Edit(range: 8..<11, replacement: .fill(0))],
        [Edit(range: -1..<1, replacement: .fill(0))],
    ]) func `edits out of order, on top of each other or outside are no plan`(_ edits: [StripPlan.Edit]) {
        #expect(StripPlan(edits: edits, sourceByteCount: 10) == nil)
    }

    @Test func `a plan that brings in too much is none`() {
        let much = [UInt8](repeating: 1, count: StripPlan.maxReplacementByteCount + 1)
        #expect(StripPlan(edits: [Edit(range: 0..<1, replacement: .bytes(much))], sourceByteCount: 1) == nil)
    }
}
