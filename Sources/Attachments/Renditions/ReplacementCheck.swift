import Catalog
import Foundation
import Media

/// Whether all that an original has is in the rendition that is to take its place.
///
/// It names what must be so: what nobody has told of, or what has another value, keeps the original.
enum ReplacementCheck {
    /// A stream may end so much earlier or later than the source's, where that is more than a hundredth of it.
    private static let toleratedMilliseconds: Int64 = 250

    /// What speaks against it, as the end of "The original stays: "; nil where nothing does.
    ///
    /// `streams` is what the worker told when it encoded the rendition, `report` what it finds in the stored file.
    static func objection(to streams: TranscodedStreams?, _ report: MediaReport, of attachment: Attachment) -> String? {
        guard report.hasVideo else { return "the rendition has no picture" }
        guard report.hasAudio || attachment.audioCodec == nil else { return "the rendition has no sound" }
        guard let streams else { return "nothing is known of what was lost when the rendition was made" }
        guard let encoded = streams.sourceSHA256, encoded == attachment.storedSHA256?.lowercased() else {
            return "what was encoded was not held against the original's SHA-256"
        }
        guard let leftOut = streams.leftOut else { return "what the rendition leaves out is not known" }
        guard !leftOut.contains(.untold) else {
            return "an AVI, or an MP4 in fragments, does not tell whether all of it is there"
        }
        guard leftOut.isEmpty else {
            return "the rendition leaves out \(leftOut.map(Self.name).joined(separator: ", "))"
        }
        if let objection = objection(to: streams.picture, "picture", isNeeded: true) { return objection }
        return objection(to: streams.sound, "sound", isNeeded: attachment.audioCodec != nil)
    }

    private static func name(_ remainder: TranscodedStreams.Remainder) -> String {
        switch remainder {
        case .sounds: "further sounds"
        case .pictures: "further moving pictures"
        case .subtitles: "subtitles"
        case .data: "streams of data"
        case .attachments: "attached files"
        case .chapters: "chapters"
        case .transparency: "transparency"
        case .depth: "the form of a sphere or of pictures for each eye"
        case .unread: "parts of the file that belong to no stream"
        case .hidden: "what is in the file and is not shown"
        case .untold: "what the file does not tell of"
        }
    }

    private static func objection(to stream: TranscodedStream?, _ name: String, isNeeded: Bool) -> String? {
        guard let stream else { return isNeeded ? "the rendition has no \(name)" : nil }
        guard stream.lossCount == 0 else {
            return "the original's \(name) does not decode in \(stream.lossCount) places"
        }
        guard let gapCount = stream.gapCount, let dropCount = stream.dropCount else {
            return "whether the original's \(name) has gaps is not known"
        }
        guard gapCount == 0 else { return "the original's \(name) has gaps in \(gapCount) places" }
        guard dropCount == 0 else {
            return "the original's \(name) goes back in time in \(dropCount) places, which the rendition lacks"
        }
        guard let output = stream.output else { return "nothing of the original's \(name) decodes" }
        guard let source = stream.source else { return "how long the original's \(name) plays is not known" }
        let tolerated = max(source.milliseconds / 100, toleratedMilliseconds)
        // Where a stream begins late the output may begin before it, with silence.
        guard output.begin - source.begin <= tolerated, abs(output.end - source.end) <= tolerated else {
            let (made, found) = ("\(output.begin) to \(output.end) ms", "\(source.begin) to \(source.end) ms")
            return "the rendition's \(name) plays from \(made), the original's from \(found)"
        }
        return nil
    }
}

extension Rendition {
    /// What became of the original's streams when the worker encoded it; nil where that was not kept.
    var transcodedStreams: TranscodedStreams? {
        streams.flatMap { try? JSONDecoder().decode(TranscodedStreams.self, from: Data($0.utf8)) }
    }
}

extension TranscodedStreams {
    /// As the catalog keeps it.
    var json: String? {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}
