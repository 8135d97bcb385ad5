import Catalog

extension AttachmentService {
    /// The SHA-256 of a copy that a rendition is to be made of, or that is to be scanned; nil where the catalog knows none to hold it against.
    ///
    /// Throws `SourceDiffers` unless the copy has the size and the digest of what was stored: the storage, the way from it or the
    /// spool has changed something, and another attempt may get the right bytes.
    func digest(of copy: SpoolFile, heldAgainst attachment: Attachment) async throws -> String? {
        guard copy.byteCount == attachment.fileSize else {
            throw SourceDiffers("has \(copy.byteCount) bytes in the place of \(attachment.fileSize)")
        }
        guard let stored = attachment.storedSHA256?.lowercased() else { return nil }
        let found = try await copy.sha256()
        guard found == stored else { throw SourceDiffers("has the SHA-256 \(found) in the place of \(stored)") }
        return found
    }
}

extension SpoolFile {
    /// Reads the file once: answers its SHA-256 in hexadecimal digits.
    ///
    /// Hopping off the caller keeps that from holding up others.
    @concurrent
    func sha256() async throws -> String {
        var digest = IngestDigest(hashesParts: false)
        try read { digest.update($0) }
        return digest.finish()
    }
}

/// The file that was read is not the one that was stored.
struct SourceDiffers: Error, CustomStringConvertible {
    let difference: String

    init(_ difference: String) {
        self.difference = difference
    }

    var description: String { "What was read of the original \(difference)." }
}
