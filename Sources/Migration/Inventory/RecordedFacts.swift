import Attachments
import Catalog
import Foundation

/// The facts of a media file that a record gives, as the catalog keeps them.
///
/// The old system's zero stands for unknown. What does not apply to the kind is left out; what cannot be is complained of,
/// and left for media work to find out.
struct RecordedFacts {
    private let kind: FileKind
    private var durationMilliseconds: Int64?
    private var width: Int?
    private var height: Int?
    private var bitrate: Int?
    private let codec: String?

    init(_ draft: AttachmentDraft, type: SniffedType, _ result: inout DraftResult) {
        kind = type.kind
        codec = draft.codec.flatMap { $0.isEmpty ? nil : $0 }
        func fact(_ name: String, _ value: Double?, upTo limit: Double) -> Double? {
            guard let value, value != 0 else { return nil }
            guard value.isFinite, value > 0, value <= limit else {
                result.remark(
                    .invalid,
                    draft.subject,
                    "\(name) is \(value), and can be from 0 to \(Int64(limit)); it is measured anew"
                )
                return nil
            }
            return value
        }
        if kind == .video || kind == .audio {
            durationMilliseconds = fact("duration", draft.durationSeconds, upTo: 1e9)
                .map { Int64(($0 * 1000).rounded()) }
            bitrate = fact("bitrate", draft.bitrate, upTo: 1e9).map { Int($0.rounded()) }
        }
        if kind == .video || kind == .image {
            width = fact("width", draft.width, upTo: 1e6).map { Int($0.rounded()) }
            height = fact("height", draft.height, upTo: 1e6).map { Int($0.rounded()) }
        }
    }

    /// Writes them down; the old system's one codec is that of what the file is.
    func enter(into attachment: inout Attachment) {
        attachment.durationMilliseconds = durationMilliseconds
        attachment.width = width
        attachment.height = height
        attachment.bitrate = bitrate
        attachment.codec = kind == .video ? codec : nil
        attachment.audioCodec = kind == .audio ? codec : nil
    }
}
