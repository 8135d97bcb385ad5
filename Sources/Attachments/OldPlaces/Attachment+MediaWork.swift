package import Catalog

// What a migration brings has facts and pictures of the old system, or lacks them.
extension Attachment {
    /// Whether a worker has something to say of the file that is not known yet: what the old system told of each file of the kind.
    package var lacksMediaWork: Bool {
        guard SniffedType(kind: fileKind, mediaType: mediaType).isProcessed, failureReason == nil else { return false }
        switch fileKind {
        case .image: return width == nil || height == nil || thumbnail == nil
        case .video:
            return durationMilliseconds == nil || width == nil || height == nil || bitrate == nil || codec == nil
                || thumbnail == nil
        case .audio: return durationMilliseconds == nil || bitrate == nil || audioCodec == nil
        case .document, .other: return false
        }
    }
}
