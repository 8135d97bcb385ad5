package import Catalog
package import Foundation
import NIOCore
import S3
import SigV4

/// Makes URLs of the gateway's own for playlists.
package protocol PlaylistLinks: Sendable {
    /// A URL that fetches a playlist until it expires: that of all steps, or of the step of that name.
    ///
    /// It ends before that where the original is no longer the object with the key.
    func url(attachment id: String, objectKey: String, step: String?, expiresAt: Int64) -> String
}

// Playlists are made when they are asked for: the URLs in them are credentials that end.
extension AttachmentService {
    /// The playlist of all steps of an attachment that the requester may see; nil where there is no ladder.
    package func masterPlaylist(id: UUID, for requester: Requester) async throws -> String? {
        let attachment = try await visibleAttachment(id: id, for: requester).attachment
        return try await masterPlaylist(of: attachment, expiresAt: streamTimes(of: attachment).expiresAt)
    }

    /// What a URL of the gateway's own is about, whoever asks: the signature is still to be checked; nil where there is nothing.
    package func streamedAttachment(id: UUID) async throws -> Attachment? {
        try await catalog.attachment(id: id)
    }

    /// The playlist of all steps, or of one, for a URL of the gateway's own that is good until it expires: the signature was
    /// checked.
    ///
    /// The URLs of the steps in it expire with it. Nil where there is no such ladder or step.
    package func playlist(of attachment: Attachment, step name: String?, expiresAt: Int64) async throws -> String? {
        guard attachment.hold == nil else { return nil }
        guard let name else { return try await masterPlaylist(of: attachment, expiresAt: expiresAt) }
        guard let step = attachment.renditions.first(where: { $0.isLadderStep && $0.name == name }),
            let index = try await index(ofStep: step, of: attachment),
            let url = try streamURL(of: step, attachment)
        else { return nil }
        return Playlist.media(index, url: url)
    }

    private func masterPlaylist(of attachment: Attachment, expiresAt: Int64) async throws -> String? {
        guard let playlistLinks, attachment.hold == nil else { return nil }
        var steps: [(index: SegmentIndex, url: String)] = []
        for step in attachment.renditions where step.isLadderStep {
            guard let index = try await index(ofStep: step, of: attachment) else { continue }
            let url = playlistLinks.url(
                attachment: attachment.id.text,
                objectKey: attachment.objectKey,
                step: step.name,
                expiresAt: expiresAt
            )
            steps.append((index, url))
        }
        return steps.isEmpty ? nil : Playlist.master(steps)
    }

    /// The ladder as one rendition, whose URL is that of its playlist; nil where there is none.
    func ladderView(of attachment: Attachment) -> RenditionView? {
        let steps = attachment.renditions.filter(\.isLadderStep)
        guard let playlistLinks, let largest = steps.max(by: { ($0.height ?? 0) < ($1.height ?? 0) }) else {
            return nil
        }
        var ladder = largest
        ladder.name = Rendition.ladder
        ladder.mediaType = Playlist.mediaType
        ladder.byteCount = nil
        ladder.sha256 = nil
        let (_, expiresAt) = streamTimes(of: attachment)
        return RenditionView(
            rendition: ladder,
            url: playlistLinks.url(
                attachment: attachment.id.text,
                objectKey: attachment.objectKey,
                step: nil,
                expiresAt: expiresAt
            )
        )
    }

    /// A player asks for segments as long as it plays, and for a playlist once: its URLs are good for the playing time more.
    ///
    /// The end is that of a URL of the gateway's own, by its own clock.
    func streamTimes(of attachment: Attachment) -> (lifetime: Duration, expiresAt: Int64) {
        let seconds = (attachment.durationMilliseconds ?? 0) / 1000 + configuration.urlLifetime.components.seconds
        let lifetime = min(seconds, 604_800)
        return (.seconds(lifetime), ownURLStart.secondsSinceEpoch + lifetime)
    }

    /// The URL of a step's bytes, by the clock of whoever judges that; nil where its old place is not configured.
    func streamURL(of step: Rendition, _ attachment: Attachment) throws -> String? {
        let (lifetime, _) = streamTimes(of: attachment)
        let terms = URLTerms(
            signedAt: objectURLStart,
            lifetime: lifetime,
            mediaType: step.mediaType,
            disposition: Self.disposition(of: step)
        )
        if let place = attachment.waitingPlace(ofKey: step.objectKey) {
            return oldURL(of: place, attachment: attachment, rendition: step.name, terms: terms)
        }
        return try objectURL(key: step.objectKey, terms: terms)
    }

    /// Nil where there is no index beside the step.
    private func index(ofStep step: Rendition, of attachment: Attachment) async throws -> SegmentIndex? {
        let name = Rendition.indexName(ofStep: step.name)
        guard let rendition = attachment.renditions.first(where: { $0.name == name }) else { return nil }
        do {
            let content = try await openContent(of: rendition, attachment)
            var bytes = ByteBuffer()
            for try await var chunk in content {
                bytes.writeBuffer(&chunk)
                guard bytes.readableBytes <= Self.largestIndex else { throw UnreadableIndex() }
            }
            return try SegmentIndex(json: Data(bytes.readableBytesView))
        } catch {
            throw AttachmentError.from(error)
        }
    }

    private static let largestIndex = 16 << 20
}
