package import Catalog
import Media

// Which of the configured renditions are made of which file.
extension TranscodingConfiguration {
    /// The jobs for a file that was probed.
    ///
    /// Nothing is enlarged, and nothing is made that could not be smaller than what there is. Steps of the ladder are an exception:
    /// a player needs one at least, so of a video below all of them the lowest is made, in the video's own size.
    func requests(for attachment: Attachment) -> [RenditionRequest] {
        switch attachment.fileKind {
        case .video:
            guard let shortEdge = attachment.shortEdge else { return [] }
            let files = candidates(of: attachment, shortEdge: shortEdge)
            return (files + steps(upTo: shortEdge)).map { RenditionRequest(kind: .transcode, name: $0.name) }
        case .audio:
            guard attachment.audioCodec != nil else { return [] }
            return sounds.filter { isBelow($0.audioBitrate, attachment) }
                .map { RenditionRequest(kind: .render, name: $0.name) }
        case .image, .document, .other:
            return []
        }
    }

    /// The video that is to take the original's place: the largest of those that are made of it.
    ///
    /// Nil where originals stay, and where one has taken the place: what it was made of is gone.
    func replacement(of attachment: Attachment) -> TranscodeSpecification? {
        guard !keepsOriginal, attachment.fileKind == .video, attachment.replacedBy == nil,
            let shortEdge = attachment.shortEdge
        else { return nil }
        func size(_ video: TranscodeSpecification) -> Int { min(video.shortEdge ?? shortEdge, shortEdge) }
        let files = candidates(of: attachment, shortEdge: shortEdge)
        let largest = files.map(size).max()
        return files.first { size($0) == largest }
    }

    /// The same as the catalog asks for it.
    package var replacementRule: ReplacementRule { ReplacementRule { self.replacement(of: $0)?.name } }

    private func candidates(of attachment: Attachment, shortEdge: Int) -> [TranscodeSpecification] {
        videos.filter { !$0.isRuledOut(of: attachment) && isWorthwhile($0, of: attachment, shortEdge: shortEdge) }
    }

    /// A smaller picture is worth it, and so is the same picture at a bit rate that is certain to be lower.
    private func isWorthwhile(_ video: TranscodeSpecification, of attachment: Attachment, shortEdge: Int) -> Bool {
        guard let bound = video.shortEdge, shortEdge <= bound else { return true }
        guard let most = video.maxBitrate else { return false }
        return isBelow(most + video.audioBitrate, attachment)
    }

    private func isBelow(_ bitrate: Int, _ attachment: Attachment) -> Bool {
        guard let present = attachment.wholeBitrate else { return true }
        return bitrate < present
    }

    private func steps(upTo shortEdge: Int) -> [TranscodeSpecification] {
        let fitting = ladder.filter { ($0.shortEdge ?? 0) <= shortEdge }
        guard fitting.isEmpty else { return fitting }
        return ladder.min { ($0.shortEdge ?? 0) < ($1.shortEdge ?? 0) }.map { [$0] } ?? []
    }
}

extension TranscodeSpecification {
    /// Whether it would be the original over again, encoded twice: that is a rendition, and no larger.
    ///
    /// Steps of the ladder are of another form, which players cannot do without.
    func isRuledOut(of attachment: Attachment) -> Bool {
        guard attachment.replacedBy != nil, container == .mp4 else { return false }
        guard let shortEdge, let present = attachment.shortEdge else { return true }
        return shortEdge >= present
    }
}

extension AttachmentService {
    /// The jobs for a file as it was found to be.
    func renditionRequests(for attachment: Attachment, as facts: MediaFacts) -> [RenditionRequest] {
        guard !configuration.transcoding.isEmpty else { return [] }
        var probed = attachment
        probed.durationMilliseconds = facts.durationMilliseconds
        (probed.width, probed.height) = (facts.width, facts.height)
        probed.bitrate = facts.bitrate
        (probed.codec, probed.audioCodec) = (facts.codec, facts.audioCodec)
        return configuration.transcoding.requests(for: probed)
    }
}

extension Attachment {
    /// The pixels of the shorter side of a moving picture that can be decoded; nil where there is none.
    fileprivate var shortEdge: Int? {
        guard codec != nil, let width, let height else { return nil }
        return min(width, height)
    }

    /// The kbit/s of the whole file, by its probe, or by its length in bytes and seconds.
    fileprivate var wholeBitrate: Int? {
        if let bitrate { return bitrate }
        guard let durationMilliseconds, durationMilliseconds > 0 else { return nil }
        return Int(clamping: fileSize * 8 / durationMilliseconds)
    }
}
