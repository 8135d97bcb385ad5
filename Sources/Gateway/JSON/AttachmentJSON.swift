import Attachments
import Catalog

/// An attachment as clients see it: the fields of the chat back end that Satchel replaces, and Satchel's own after
/// them.
///
/// What does not apply is null; a field is never left out.
struct AttachmentJSON: JSONWritable {
    let view: AttachmentView
    /// False for who is told of an attachment and must not have its URLs: then the fields that hold them are left out.
    var hasURLs = true

    func write(to json: inout JSONText) {
        json.object { json in
            writeOldFields(to: &json)
            writeMediaFacts(to: &json)
            writeNewFields(to: &json)
        }
    }

    private func writeOldFields(to json: inout JSONText) {
        let attachment = view.attachment
        let seconds = attachment.durationMilliseconds.map { ($0 + 500) / 1000 }
        json.field("id", attachment.id.text)
        json.field("message_id", attachment.messageID.text)
        json.field("file_name", attachment.fileName)
        json.field("file_type", attachment.fileKind.rawValue)
        json.field("file_size", attachment.fileSize)
        json.field("file_size_mb", Self.megabytes(attachment.fileSize))
        json.field("mime_type", attachment.mediaType)
        json.field("duration", seconds)
        json.field("duration_formatted", seconds.map(Self.clock))
        json.field("width", attachment.width)
        json.field("height", attachment.height)
        if let videoDimensions {
            json.field("video_dimensions", videoDimensions) { json, side in json.append(side) }
        } else {
            json.field("video_dimensions", String?.none)
        }
        json.field("bitrate", attachment.bitrate)
        json.field("codec", attachment.codec)
        if hasURLs {
            json.field("url", view.url)
            json.field("thumbnail_url", view.thumbnailURL)
        }
        json.field("uploaded_at", attachment.uploadedAt)
    }

    private func writeMediaFacts(to json: inout JSONText) {
        let attachment = view.attachment
        json.field("duration_ms", attachment.durationMilliseconds)
        json.field("frame_rate", attachment.frameRate)
        json.field("is_variable_frame_rate", attachment.isVariableFrameRate)
        json.field("frame_count", attachment.frameCount)
        json.field("audio_codec", attachment.audioCodec)
        json.field("sample_rate", attachment.sampleRate)
        json.field("channels", attachment.channels)
        json.field("rotation", attachment.rotation)
        json.field("has_alpha", attachment.hasAlpha)
        json.field("is_animated", attachment.isAnimated)
        json.field("hdr_transfer", attachment.hdrTransfer?.rawValue)
        json.field("captured_at", attachment.capturedAt)
    }

    private func writeNewFields(to json: inout JSONText) {
        let attachment = view.attachment
        json.field("status", attachment.status.rawValue)
        json.field("failure_reason", attachment.failureReason)
        json.field("sha256", attachment.sha256)
        json.field("stored_sha256", attachment.storedSHA256)
        json.field("placeholder", attachment.placeholder)
        if hasURLs {
            json.field("renditions", view.renditions) { json, rendition in
                Self.write(rendition.rendition, url: rendition.url, to: &json)
            }
            if let expiry = view.expiresAt {
                json.field("url_expires_at", expiry)
            } else {
                json.field("url_expires_at", String?.none)
            }
        } else {
            json.field("renditions", attachment.renditions) { json, rendition in
                Self.write(rendition, url: nil, to: &json)
            }
        }
        json.field("uploaded_by", attachment.uploadedBy)
        if view.processing.isEmpty {
            json.field("processing", nil as String?)
        } else {
            ProcessingJSON(jobs: view.processing).writeField(to: &json)
        }
    }

    private static func write(_ rendition: Rendition, url: String?, to json: inout JSONText) {
        json.object { json in
            json.field("name", rendition.name)
            json.field("width", rendition.width)
            json.field("height", rendition.height)
            json.field("mime_type", rendition.mediaType)
            if let url { json.field("url", url) }
        }
    }

    private var videoDimensions: [Int]? {
        let attachment = view.attachment
        guard attachment.fileKind == .video, let width = attachment.width, let height = attachment.height else {
            return nil
        }
        return [width, height]
    }

    /// Megabytes of 1,048,576 bytes, to two places.
    static func megabytes(_ byteCount: Int64) -> Double {
        (Double(byteCount) / 1_048_576 * 100).rounded() / 100
    }

    /// `m:ss`, or `h:mm:ss` from an hour on.
    static func clock(_ seconds: Int64) -> String {
        let (minutes, second) = seconds.quotientAndRemainder(dividingBy: 60)
        let (hours, minute) = minutes.quotientAndRemainder(dividingBy: 60)
        guard hours > 0 else { return "\(minute):\(twoDigits(second))" }
        return "\(hours):\(twoDigits(minute)):\(twoDigits(second))"
    }

    private static func twoDigits(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
