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
        if let objection = objection(toShapeOf: report, of: attachment) { return objection }
        guard let streams else { return "nothing is known of what was lost when the rendition was made" }
        guard let encoded = streams.sourceSHA256, encoded == attachment.storedSHA256?.lowercased() else {
            return "what was encoded was not held against the original's SHA-256"
        }
        guard let leftOut = streams.leftOut else { return "what the rendition leaves out is not known" }
        guard !leftOut.contains(.untold) else {
            return attachment.fileKind == .video
                ? "an AVI, or an MP4 in fragments, does not tell whether all of it is there"
                : "of a file of this format it is not known whether all of it is in the rendition"
        }
        guard leftOut.isEmpty else {
            return "the rendition leaves out \(leftOut.map(Self.name).joined(separator: ", "))"
        }
        switch attachment.fileKind {
        case .image:
            // It has no times to compare.
            guard let picture = streams.picture else { return "the rendition has no picture" }
            return lossObjection(to: picture, "picture")
        case .audio:
            return objection(to: streams.sound, "sound", isNeeded: true)
        case .video, .document, .other:
            if let objection = objection(to: streams.picture, "picture", isNeeded: true) { return objection }
            return objection(to: streams.sound, "sound", isNeeded: attachment.audioCodec != nil)
        }
    }

    /// Whether the stored file is of the original's kind, with as much to see and to hear.
    private static func objection(toShapeOf report: MediaReport, of attachment: Attachment) -> String? {
        switch attachment.fileKind {
        case .image:
            guard report.isStillImage, report.isAnimated != true else { return "the rendition is no still picture" }
            return isOfOneShape(report, attachment) ? nil : "the rendition has another shape than the original"
        case .audio:
            guard report.hasAudio else { return "the rendition has no sound" }
            let (made, found) = (report.channels ?? 0, attachment.channels ?? 0)
            guard made > 0, made == found else {
                return "the rendition has \(made) channels, the original \(found)"
            }
            return nil
        case .video, .document, .other:
            guard report.hasVideo else { return "the rendition has no picture" }
            return report.hasAudio || attachment.audioCodec == nil ? nil : "the rendition has no sound"
        }
    }

    /// As wide for its height, to a pixel of the rendition, and not larger.
    private static func isOfOneShape(_ report: MediaReport, _ attachment: Attachment) -> Bool {
        guard let width = report.width, let height = report.height, let fullWidth = attachment.width,
            let fullHeight = attachment.height, width <= fullWidth, height <= fullHeight, fullWidth > 0, fullHeight > 0
        else { return false }
        let scale = Double(max(width, height)) / Double(max(fullWidth, fullHeight))
        return abs(Double(fullWidth) * scale - Double(width)) <= 1
            && abs(Double(fullHeight) * scale - Double(height)) <= 1
    }

    private static func name(_ remainder: TranscodedStreams.Remainder) -> String {
        switch remainder {
        case .sounds: "further sounds"
        case .pictures: "further pictures"
        case .subtitles: "subtitles"
        case .data: "streams of data"
        case .attachments: "attached files"
        case .chapters: "chapters"
        case .transparency: "transparency"
        case .depth: "the form of a sphere, of pictures for each eye, or depth"
        case .unread: "parts of the file that belong to no stream or picture"
        case .hidden: "what is in the file and is not shown"
        case .untold: "what the file does not tell of"
        case .cover: "a cover"
        case .channels: "more than two channels"
        case .animation: "frames of an animation"
        case .dynamicRange: "high dynamic range"
        }
    }

    private static func objection(to stream: TranscodedStream?, _ name: String, isNeeded: Bool) -> String? {
        guard let stream else { return isNeeded ? "the rendition has no \(name)" : nil }
        if let objection = lossObjection(to: stream, name) { return objection }
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

    /// What was damaged, missing or dropped.
    private static func lossObjection(to stream: TranscodedStream, _ name: String) -> String? {
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
