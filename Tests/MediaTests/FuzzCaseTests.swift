import Foundation
import Media
import TestSupport
import Testing

/// Inputs on which code that reads uploads once failed, kept where scripts/fuzz begins.
struct FuzzCaseTests {
    private static let cases: [String] = {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return ["strip"]
            .flatMap { target in
                let folder = tests.appendingPathComponent("Fuzz/Cases/\(target)").path
                let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
                return names.sorted().map { folder + "/" + $0 }
            }
    }()

    @Test(arguments: cases) func `an input that once failed is answered`(_ path: String) async throws {
        try await MediaBench.with { bench in
            for mode in [StripMode.location, .all] {
                let result = try await bench.stripResult(path, mode)
                let code = result.failure?.code ?? ""
                #expect(result.stripPlan != nil || ["unsupported_format", "invalid_data"].contains(code), "\(code)")
            }
            let result = try await bench.run(path, .probe)
            let code = result.failure?.code ?? ""
            #expect(result.report != nil || ["unsupported_format", "invalid_data"].contains(code), "\(code)")
            #expect(await bench.runner.checkAlive() == nil)
        }
    }

    @Test func `there are such inputs`() {
        #expect(Self.cases.count >= 3)
    }
}
