import Attachments
import Catalog
import Foundation

/// An attachment as clients see it: the fields of the chat back end that Satchel replaces, and Satchel's own after
/// them.
///
/// What does not apply is null; a field is never left out.
struct AttachmentJSON: Encodable {
    let view: AttachmentView

    private enum CodingKeys: String, CodingKey {
        case id
        case messageID = "message_id"
        case fileName = "file_name"
        case fileType = "file_type"
        case fileSize = "file_size"
        case fileSizeMegabytes = "file_size_mb"
        case mimeType = "mime_type"
        case duration
        case durationFormatted = "duration_formatted"
        case width
        case height
        case videoDimensions = "video_dimensions"
        case bitrate
        case codec
        case url
        case thumbnailURL = "thumbnail_url"
        case uploadedAt = "uploaded_at"

        case status
        case failureReason = "failure_reason"
        case durationMilliseconds = "duration_ms"
        case frameRate = "frame_rate"
        case isVariableFrameRate = "is_variable_frame_rate"
        case frameCount = "frame_count"
        case audioCodec = "audio_codec"
        case sampleRate = "sample_rate"
        case channels
        case rotation
        case hasAlpha = "has_alpha"
        case isAnimated = "is_animated"
        case hdrTransfer = "hdr_transfer"
        case capturedAt = "captured_at"
        case sha256
        case storedSHA256 = "stored_sha256"
        case placeholder
        case renditions
        case urlExpiresAt = "url_expires_at"
        case uploadedBy = "uploaded_by"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try encodeOldFields(to: &fields)
        try encodeMediaFacts(to: &fields)
        try encodeNewFields(to: &fields)
    }

    private func encodeOldFields(to fields: inout KeyedEncodingContainer<CodingKeys>) throws {
        let attachment = view.attachment
        let seconds = attachment.durationMilliseconds.map { ($0 + 500) / 1000 }
        try fields.encode(attachment.id.text, forKey: .id)
        try fields.encode(attachment.messageID.text, forKey: .messageID)
        try fields.encode(attachment.fileName, forKey: .fileName)
        try fields.encode(attachment.fileKind.rawValue, forKey: .fileType)
        try fields.encode(attachment.fileSize, forKey: .fileSize)
        try fields.encode(Self.megabytes(attachment.fileSize), forKey: .fileSizeMegabytes)
        try fields.encode(attachment.mediaType, forKey: .mimeType)
        try fields.encode(seconds, forKey: .duration)
        try fields.encode(seconds.map(Self.clock), forKey: .durationFormatted)
        try fields.encode(attachment.width, forKey: .width)
        try fields.encode(attachment.height, forKey: .height)
        try fields.encode(videoDimensions, forKey: .videoDimensions)
        try fields.encode(attachment.bitrate, forKey: .bitrate)
        try fields.encode(attachment.codec, forKey: .codec)
        try fields.encode(view.url, forKey: .url)
        try fields.encode(view.thumbnailURL, forKey: .thumbnailURL)
        try fields.encode(attachment.uploadedAt.ISO8601Format(), forKey: .uploadedAt)
    }

    private func encodeMediaFacts(to fields: inout KeyedEncodingContainer<CodingKeys>) throws {
        let attachment = view.attachment
        try fields.encode(attachment.durationMilliseconds, forKey: .durationMilliseconds)
        try fields.encode(attachment.frameRate, forKey: .frameRate)
        try fields.encode(attachment.isVariableFrameRate, forKey: .isVariableFrameRate)
        try fields.encode(attachment.frameCount, forKey: .frameCount)
        try fields.encode(attachment.audioCodec, forKey: .audioCodec)
        try fields.encode(attachment.sampleRate, forKey: .sampleRate)
        try fields.encode(attachment.channels, forKey: .channels)
        try fields.encode(attachment.rotation, forKey: .rotation)
        try fields.encode(attachment.hasAlpha, forKey: .hasAlpha)
        try fields.encode(attachment.isAnimated, forKey: .isAnimated)
        try fields.encode(attachment.hdrTransfer?.rawValue, forKey: .hdrTransfer)
        try fields.encode(attachment.capturedAt, forKey: .capturedAt)
    }

    private func encodeNewFields(to fields: inout KeyedEncodingContainer<CodingKeys>) throws {
        let attachment = view.attachment
        try fields.encode(attachment.status.rawValue, forKey: .status)
        try fields.encode(attachment.failureReason, forKey: .failureReason)
        try fields.encode(attachment.sha256, forKey: .sha256)
        try fields.encode(attachment.storedSHA256, forKey: .storedSHA256)
        try fields.encode(attachment.placeholder, forKey: .placeholder)
        try fields.encode(view.renditions.map(RenditionJSON.init), forKey: .renditions)
        try fields.encode(view.expiresAt.ISO8601Format(), forKey: .urlExpiresAt)
        try fields.encode(attachment.uploadedBy, forKey: .uploadedBy)
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

/// What was made from the original: a picture, or what goes with one.
private struct RenditionJSON: Encodable {
    let view: RenditionView

    private enum CodingKeys: String, CodingKey {
        case name, width, height, url
        case mimeType = "mime_type"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(view.rendition.name, forKey: .name)
        try fields.encode(view.rendition.width, forKey: .width)
        try fields.encode(view.rendition.height, forKey: .height)
        try fields.encode(view.rendition.mediaType, forKey: .mimeType)
        try fields.encode(view.url, forKey: .url)
    }
}
