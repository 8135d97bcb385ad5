import Crypto
import Foundation

/// Ids for attachments that have none: the same each time for the same file of the same message.
enum DerivedID {
    /// A UUID of version 8 (RFC 9562 section 5.8) from the SHA-256 of the message's id and the file's location.
    static func attachment(messageID: UUID, location: String) -> UUID {
        var hash = SHA256()
        withUnsafeBytes(of: messageID.uuid) { hash.update(bufferPointer: $0) }
        hash.update(data: Array(location.utf8))
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
