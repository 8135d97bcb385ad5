/// Why a migration, or one object's move, cannot go on.
package struct MigrationError: Error, Sendable, CustomStringConvertible {
    /// What sort of failure it is; the journal and the report keep it, and count by it.
    package enum Code: String, Sendable, Codable, CaseIterable {
        /// The source has no such object (any more).
        case sourceMissing = "source_missing"
        /// The object is there and cannot be read.
        case sourceUnreadable = "source_unreadable"
        /// The object changed while it was read, or after it had arrived.
        case sourceChanged = "source_changed"
        /// The source gave other bytes than the inventory says.
        case digestMismatch = "digest_mismatch"
        /// The target has something else under the key.
        case targetTaken = "target_taken"
        /// The target refuses: rights.
        case targetForbidden = "target_forbidden"
        /// The target does not answer, or fails.
        case targetUnavailable = "target_unavailable"
        /// What the target stored is not what was sent.
        case targetMismatch = "target_mismatch"
        /// The catalog does not take the record.
        case recordRefused = "record_refused"
        /// The inventory cannot be read.
        case inventoryUnreadable = "inventory_unreadable"
        /// The journal cannot be read or written, or is another migration's.
        case journal
        /// A file of this machine, such as a report or an export, cannot be written: room, rights, the disk.
        case outputUnwritable = "output_unwritable"
        /// An argument or a setting cannot be used.
        case invalidArgument = "invalid_argument"
    }

    /// What sort of failure it is.
    package let code: Code
    /// What is wrong, which value, and what would be right; for the operator.
    package let message: String
    /// The failure may pass by itself: it is tried again.
    package let isTransient: Bool
    /// The other side was not asked at all, for it failed before: what it said then is what to go by.
    let isUnasked: Bool

    /// Makes an error.
    package init(_ code: Code, _ message: String, isTransient: Bool = false) {
        self.init(code, message, isTransient: isTransient, isUnasked: false)
    }

    init(_ code: Code, _ message: String, isTransient: Bool, isUnasked: Bool) {
        self.code = code
        self.message = message
        self.isTransient = isTransient
        self.isUnasked = isUnasked
    }

    /// The message.
    package var description: String { message }
}
