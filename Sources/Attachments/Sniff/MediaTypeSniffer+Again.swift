package import Catalog
import Curl
import Glibc
import Media
import NIOCore
package import S3

// A newer release may know what was nothing known when it came.
extension MediaTypeSniffer {
    /// What a file is of which nothing was known, by its first bytes in the bucket.
    ///
    /// Nil for one whose type is known, for what is still none that the media worker reads, and where there is no such object: what
    /// a file was found to be does not change, and nothing becomes a page or a vector graphic.
    package static func sniffAgain(_ attachment: Attachment, in storage: S3Client) async throws -> SniffedType? {
        guard attachment.isOfUnknownType, attachment.fileSize > 0 else { return nil }
        let last = min(attachment.fileSize, Int64(prefixByteCount)) - 1
        do {
            let prefix = try await storage.getObject(key: attachment.objectKey, range: 0...last) { _, body in
                var prefix: [UInt8] = []
                for try await chunk in body { prefix += chunk.readableBytesView }
                return prefix
            }
            return sniffMedia(prefix)
        } catch let error as S3Error {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// The same of a file that is all there: what a container holds may be told further in.
    static func sniffAgain(_ attachment: Attachment, in file: SpoolFile) -> SniffedType? {
        guard attachment.isOfUnknownType else { return nil }
        let descriptor = file.descriptor
        let prefix = [UInt8](unsafeUninitializedCapacity: prefixByteCount) { buffer, initializedCount in
            initializedCount = max(pread(descriptor, buffer.baseAddress, prefixByteCount, 0), 0)
        }
        guard let found = sniffMedia(prefix) else { return nil }
        return typeByTracks(of: found, in: file) ?? found
    }

    /// What a container is by its tracks; nil where that is nothing new.
    ///
    /// A recording without a picture is audio, which its index tells: that may lie behind what was sniffed.
    static func typeByTracks(of found: SniffedType, in file: SpoolFile) -> SniffedType? {
        if let sound = ISOMediaSniff.soundType(for: found) {
            let isSound = ISOMediaIndex.holdsSoundAlone(descriptor: file.descriptor, byteCount: file.byteCount)
            return isSound ? sound : nil
        }
        return MatroskaSniff.typeByTracks(of: found, descriptor: file.descriptor)
    }

    private static func sniffMedia(_ prefix: [UInt8]) -> SniffedType? {
        sniff(prefix).flatMap { $0.isProcessed ? $0 : nil }
    }
}

extension Attachment {
    /// Nothing was known of its content when it came.
    package var isOfUnknownType: Bool {
        SniffedType(kind: fileKind, mediaType: mediaType) == .unknown
    }

    /// Itself as a file of another type; what it is called stays.
    func retyped(_ type: SniffedType) -> Attachment {
        var other = self
        (other.fileKind, other.mediaType) = (type.kind, type.mediaType)
        return other
    }
}

extension SniffedType {
    /// Whether the media worker, too, found in the file what a file of the kind has.
    func isConfirmed(by report: MediaReport?) -> Bool {
        guard let report else { return false }
        switch kind {
        case .image: return report.isStillImage
        case .video: return report.hasVideo
        case .audio: return report.hasAudio && !report.hasVideo
        case .document, .other: return false
        }
    }
}
