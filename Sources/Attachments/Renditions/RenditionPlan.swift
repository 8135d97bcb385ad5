package import Catalog
import Media

// Which of the configured renditions are made of which file.
extension TranscodingConfiguration {
    /// The jobs for a file that was probed.
    ///
    /// Nothing is enlarged, and nothing is made that could not be smaller than what there is. Steps of the ladder are an exception:
    /// a player needs one at least, so of a video below all of them the lowest is made, in the video's own size.
    func requests(for attachment: Attachment) -> [RenditionRequest] {
        let kind: JobKind = attachment.fileKind == .video ? .transcode : .render
        return (candidates(of: attachment) + steps(of: attachment)).map { RenditionRequest(kind: kind, name: $0.name) }
    }

    /// The rendition that is to take the original's place: of those that are made of it the largest video or still picture, or the
    /// sound with the highest bit rate.
    ///
    /// Nil where originals stay, and where one has taken the place: what it was made of is gone.
    func replacement(of attachment: Attachment) -> TranscodeSpecification? {
        guard !keepsOriginal, attachment.replacedBy == nil else { return nil }
        let files = candidates(of: attachment)
        func size(_ file: TranscodeSpecification) -> Int {
            switch attachment.fileKind {
            case .video: min(file.shortEdge ?? .max, attachment.shortEdge ?? .max)
            case .audio: file.audioBitrate
            case .image: min(file.effectiveLongEdge, attachment.longEdge ?? .max)
            case .document, .other: 0
            }
        }
        let largest = files.map(size).max()
        return files.first { size($0) == largest }
    }

    /// The same as the catalog asks for it.
    package var replacementRule: ReplacementRule { ReplacementRule { self.replacement(of: $0)?.name } }

    /// Whether it would be the original over again, encoded twice: that is a rendition, and no larger, or no higher in its bit rate.
    ///
    /// Steps of the ladder are of another form, which players cannot do without.
    func isRuledOut(_ specification: TranscodeSpecification, of attachment: Attachment) -> Bool {
        guard let name = attachment.replacedBy else { return false }
        switch specification.container {
        case .fragmented: return false
        case .mp4:
            guard let shortEdge = specification.shortEdge, let present = attachment.shortEdge else { return true }
            return shortEdge >= present
        case .m4a, .opus:
            guard let present = sounds.first(where: { $0.name == name }) else { return true }
            return specification.audioBitrate >= present.audioBitrate
        case .webp:
            guard let present = attachment.longEdge else { return true }
            return specification.effectiveLongEdge >= present
        }
    }

    private func candidates(of attachment: Attachment) -> [TranscodeSpecification] {
        let files: [TranscodeSpecification]
        switch attachment.fileKind {
        case .video:
            guard let shortEdge = attachment.shortEdge else { return [] }
            files = videos.filter { isWorthwhile($0, of: attachment, shortEdge: shortEdge) }
        case .audio:
            guard attachment.audioCodec != nil else { return [] }
            files = sounds.filter { isBelow($0.audioBitrate, attachment) }
        case .image: files = stills(of: attachment)
        case .document, .other: return []
        }
        return files.filter { !isRuledOut($0, of: attachment) }
    }

    /// Those that are smaller, and where none bounds the picture that is as large, in its own size, the nearest of them.
    ///
    /// Of a picture that is WebP already none is made in its own size, and of one that moves none at all.
    private func stills(of attachment: Attachment) -> [TranscodeSpecification] {
        guard let longEdge = attachment.longEdge, attachment.isAnimated != true else { return [] }
        let smaller = stills.filter { $0.effectiveLongEdge < longEdge }
        let isWebP = attachment.mediaType == TranscodeSpecification.Container.webp.mediaType
        let nearest = stills.filter { $0.effectiveLongEdge >= longEdge }
            .min { $0.effectiveLongEdge < $1.effectiveLongEdge }
        return (isWebP ? [] : nearest.map { [$0] } ?? []) + smaller
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

    private func steps(of attachment: Attachment) -> [TranscodeSpecification] {
        guard attachment.fileKind == .video, let shortEdge = attachment.shortEdge else { return [] }
        let fitting = ladder.filter { ($0.shortEdge ?? 0) <= shortEdge }
        guard fitting.isEmpty else { return fitting }
        return ladder.min { ($0.shortEdge ?? 0) < ($1.shortEdge ?? 0) }.map { [$0] } ?? []
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
        probed.isAnimated = facts.isAnimated
        return configuration.transcoding.requests(for: probed)
    }
}

extension Attachment {
    /// The pixels of the shorter side of a moving picture that can be decoded; nil where there is none.
    fileprivate var shortEdge: Int? {
        guard codec != nil, let width, let height else { return nil }
        return min(width, height)
    }

    /// The pixels of the longer side of a picture; nil where that is not known.
    fileprivate var longEdge: Int? {
        guard let width, let height else { return nil }
        return max(width, height)
    }

    /// The kbit/s of the whole file, by its probe, or by its length in bytes and seconds.
    fileprivate var wholeBitrate: Int? {
        if let bitrate { return bitrate }
        guard let durationMilliseconds, durationMilliseconds > 0 else { return nil }
        return Int(clamping: fileSize * 8 / durationMilliseconds)
    }
}
