import Foundation
import Media
import TestSupport
import Testing

/// Real files with independently found values, where they are at hand.
struct CorpusTests {
    struct Truth: Decodable, Sendable, CustomTestStringConvertible {
        let path: String
        let kind: String
        let mime: String?
        let width: Int?
        let height: Int?
        let rotation: Int?
        let mirrored: Bool?
        let duration: Double?
        let tolerance: Double?
        let rate: Double?
        let codec: String?
        let expect: String
        let alternatives: [String]

        enum CodingKeys: String, CodingKey {
            case path, kind, mime, width, height, rotation, mirrored, duration, expect
            case tolerance = "duration_tol"
            case rate = "fps"
            case codec = "video_codec"
            case alternatives = "also_ok"
        }

        var testDescription: String { path }
        var mayLackThumbnail: Bool { expect != "thumbnail" || alternatives.contains("no_thumbnail") }
        /// SVG is shown by nobody here.
        var isPicture: Bool { kind == "image" && mime != "image/svg+xml" }
    }

    private static let folder: String = {
        if let path = ProcessInfo.processInfo.environment["SATCHEL_SHARED"] { return path + "/corpus" }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.deletingLastPathComponent().appendingPathComponent("shared/corpus").path
    }()

    static let truths: [Truth] = {
        let text = (try? String(contentsOfFile: folder + "/truth.jsonl", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Truth.self, from: Data($0.utf8)) }
    }()

    @Test(
        .enabled(if: !CorpusTests.truths.isEmpty, "the collection of media files is not here"),
        .timeLimit(.minutes(5))
    )
    func `videos and pictures are what others say they are`() async throws {
        try await MediaBench.with { bench in
            for truth in Self.truths where truth.kind == "video" || truth.isPicture {
                let result = try await bench.run(Self.folder + "/" + truth.path)
                guard let report = result.report else {
                    #expect(truth.mayLackThumbnail, "\(truth.path): \(String(describing: result.failure))")
                    continue
                }
                if result.thumbnail == nil {
                    #expect(truth.mayLackThumbnail, "\(truth.path): \(String(describing: result.reason))")
                }
                #expect(report.hasVideo == (truth.kind == "video"), "\(truth.path)")
                Self.compare(report, truth)
            }
        }
    }

    @Test(
        .enabled(if: !CorpusTests.truths.isEmpty, "the collection of media files is not here"),
        .timeLimit(.minutes(5))
    )
    func `sound files are sound and last as long as others say`() async throws {
        try await MediaBench.with { bench in
            for truth in Self.truths where truth.kind == "audio" {
                let report = try #require(try await bench.run(Self.folder + "/" + truth.path).report, "\(truth.path)")
                #expect(report.hasAudio && !report.hasVideo, "\(truth.path)")
                #expect(report.width == nil && report.height == nil && report.frameRate == nil, "\(truth.path)")
                Self.compareDuration(report, truth)
            }
        }
    }

    @Test(
        .enabled(if: !CorpusTests.truths.isEmpty, "the collection of media files is not here"),
        .timeLimit(.minutes(5))
    )
    func `hostile, broken and other files never crash the worker nor fail for its sake`() async throws {
        let sick = ["crashed", "timed_out", "worker_unavailable", "confinement_failed"]
        try await MediaBench.with { bench in
            for truth in Self.truths where truth.kind != "video" && truth.kind != "audio" {
                let result = try await bench.run(Self.folder + "/" + truth.path)
                for code in [result.failure?.code, result.reason?.code].compactMap({ $0 }) {
                    #expect(!sick.contains(code), "\(truth.path): \(code)")
                }
                if truth.kind == "hostile", truth.expect == "reject", !truth.alternatives.contains("thumbnail") {
                    #expect(result.thumbnail == nil, "\(truth.path)")
                }
            }
            #expect(await bench.runner.checkAlive() == nil)
        }
    }

    private static func compare(_ report: MediaReport, _ truth: Truth) {
        if let width = truth.width, let found = report.width {
            #expect(abs(width - found) <= 1, "\(truth.path): width \(found), not \(width)")
        } else {
            #expect(truth.width == nil, "\(truth.path): no width")
        }
        if let height = truth.height, let found = report.height {
            #expect(abs(height - found) <= 1, "\(truth.path): height \(found), not \(height)")
        } else {
            #expect(truth.height == nil, "\(truth.path): no height")
        }
        // An orientation that stands in XMP alone is honoured by no browser, nor here. A turn and a flip can be told in two
        // ways; those of JPEG are told as here.
        if !truth.path.contains("xmp_tags"), truth.mirrored != true || truth.mime == "image/jpeg" {
            #expect(report.rotation == truth.rotation, "\(truth.path): rotation \(String(describing: report.rotation))")
        }
        guard truth.kind == "video" else { return }
        compareDuration(report, truth)
        if let rate = truth.rate {
            let found = report.frameRate ?? 0
            #expect(abs(found - rate) <= max(rate * 0.05, 0.2), "\(truth.path): rate \(found), not \(rate)")
        }
        if let codec = truth.codec, codec != "vvc" {
            #expect(report.videoCodec == codec, "\(truth.path): codec \(String(describing: report.videoCodec))")
        }
    }

    private static func compareDuration(_ report: MediaReport, _ truth: Truth) {
        guard let duration = truth.duration, let tolerance = truth.tolerance else { return }
        let found = Double(report.durationMilliseconds ?? 0) / 1_000
        #expect(abs(found - duration) <= tolerance, "\(truth.path): duration \(found), not \(duration)")
    }
}
