import Catalog
import Foundation
import Testing

@testable import Attachments

/// Types of real files, judged by others.
struct CorpusTests {
    struct Truth: Decodable, Sendable {
        let path: String
        let kind: String
        let mime: String
    }

    static let folder: String = {
        let shared =
            ProcessInfo.processInfo.environment["SATCHEL_SHARED"]
            ?? URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared").path
        return shared + "/corpus"
    }()

    static let hasCorpus = FileManager.default.fileExists(atPath: folder + "/truth.jsonl")

    /// Files whose type is a matter of opinion, or not to be told from the first bytes; the media worker sees more.
    static let exceptions: [String: SniffedType] = [
        // Begins like a program, among many other things.
        "files/corkami/multi": .other("application/vnd.microsoft.portable-executable"),
        // A broken brand; the compatible one is generic.
        "files/heif/clusterfuzz-testcase-minimized-file-fuzzer-4616081830051840.heic": .image("image/heif"),
        // The index is larger than the prefix, or at the end.
        "files/m3/full_blocks.mkv": .video("video/x-matroska"),
        "files/m3/sample_audio_only.mp4": .video("video/mp4"),
        // The document type says Matroska.
        "files/m3/roadtrip-vp92-10bit.webm": .video("video/x-matroska"),
        // No file type box: QuickTime's old form.
        "files/mp4parse/clusterfuzz-testcase-minimized-mp4-6093954524250112": .video("video/quicktime"),
        "files/small/portableexecutable.exe": .other("application/vnd.microsoft.portable-executable"),
        // A compressed SVG is stored as what it is.
        "files/vips/logo.svgz": .document("application/gzip"),
    ]

    @Test(.enabled(if: CorpusTests.hasCorpus, "the folder of sample files is not here"))
    func `every sample file is typed as its truth says`() throws {
        let all = try truths()
        #expect(all.count > 100)
        for truth in all {
            let found = try resolve(truth).sniffed
            if let exception = Self.exceptions[truth.path] {
                #expect(found == exception, "\(truth.path)")
                continue
            }
            #expect(found.mediaType == truth.mime, "\(truth.path)")
            if let kind = FileKind(rawValue: truth.kind) {
                #expect(found.kind == kind, "\(truth.path)")
            }
        }
    }

    @Test(.enabled(if: CorpusTests.hasCorpus, "the folder of sample files is not here"))
    func `of the sample files in a video's container, the index tells those that hold sound alone`() throws {
        for truth in try truths() {
            let type = try resolve(truth).sniffed
            guard ISOMediaSniff.soundType(for: type) != nil else { continue }
            let file = try #require(FileHandle(forReadingAtPath: "\(Self.folder)/\(truth.path)"))
            defer { try? file.close() }
            let byteCount = Int64(try file.seekToEnd())
            let isSound = ISOMediaIndex.holdsSoundAlone(descriptor: file.fileDescriptor, byteCount: byteCount)
            #expect(isSound == (truth.kind == "audio"), "\(truth.path)")
        }
    }

    @Test(
        .enabled(if: CorpusTests.hasCorpus, "the folder of sample files is not here"),
        arguments: [
            "handmade/hls_file_segment.mp4", "handmade/hls_key_http.webm", "handmade/hls_subfile.mov",
            "handmade/ffconcat_file.mp4", "handmade/ffconcat_sibling.mkv", "handmade/dash_baseurl.mp4",
            "handmade/html_named.png", "handmade/vobsub_sibling.mpg", "filetype/fixture-json.webp",
        ]
    )
    func `text that is named like media is a document and a mismatch`(path: String) throws {
        let resolution = try resolve(Truth(path: "files/\(path)", kind: "", mime: ""))
        #expect(resolution.sniffed.kind == .document)
        #expect(resolution.isMismatch)
    }

    private func truths() throws -> [Truth] {
        let lines = try String(contentsOfFile: Self.folder + "/truth.jsonl", encoding: .utf8).split(separator: "\n")
        return try lines.map { try JSONDecoder().decode(Truth.self, from: Data($0.utf8)) }
    }

    private func resolve(_ truth: Truth) throws -> SniffResolution {
        let file = try #require(FileHandle(forReadingAtPath: "\(Self.folder)/\(truth.path)"))
        defer { try? file.close() }
        let prefix = try file.read(upToCount: MediaTypeSniffer.prefixByteCount) ?? Data()
        let name = truth.path.split(separator: "/").last.map(String.init)
        return MediaTypeSniffer.resolve(prefix: Array(prefix), fileName: name, declaredType: nil)
    }
}
