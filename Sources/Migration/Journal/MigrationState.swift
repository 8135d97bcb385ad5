/// How far one object of a migration is.
package enum MigrationState: String, Sendable, Codable, CaseIterable {
    /// Nothing was sent yet, as far as is known: a small object's PUT may have got through before a death.
    case planned
    /// A large object is being sent, in parts or while it is read, or was when the process died.
    case copying
    /// Everything is in the target; what proves it is still to come.
    case copied
    /// Proved to have arrived; the catalog has still to be told.
    case verified
    /// Arrived, proved, and recorded where there is a catalog.
    case recorded
    /// Arrived, and the inventory saw another version of it at the source since: it is looked at again.
    case changed
    /// Its attachment was deleted meanwhile: the catalog sees to the object's deletion, if it arrived before that.
    case unwanted
    /// Given up for now.
    case failed
    /// The source has no such object.
    case missing
    /// The key is taken by something else; nothing was overwritten.
    case conflict
    /// Recorded, and then deleted at the source by a prune.
    case pruned
}

/// What showed that the target has the bytes that were read from the source.
package enum MigrationProof: String, Sendable, Codable, CaseIterable {
    /// The target gave back the CRC32C of everything that it was sent.
    case storedChecksum = "stored_checksum"
    /// The target's entity tag is the MD5 of what was sent, or of its parts' MD5s; or the MD5 that the source tells.
    case recomputedETag = "recomputed_etag"
    /// The object was read back and has the same SHA-256.
    case reread
}
