/// How much may be stored; nil where there is no bound.
package struct StorageQuotas: Sendable, Equatable {
    /// What the files of one uploader may take together, in bytes.
    package var userBytes: Int64?
    /// How many files one uploader may have.
    package var userFiles: Int64?
    /// What the files of one conversation may take together, in bytes.
    package var conversationBytes: Int64?
    /// How many files one conversation may have.
    package var conversationFiles: Int64?

    /// Makes quotas; what is left out has no bound.
    package init(
        userBytes: Int64? = nil,
        userFiles: Int64? = nil,
        conversationBytes: Int64? = nil,
        conversationFiles: Int64? = nil
    ) {
        self.userBytes = userBytes
        self.userFiles = userFiles
        self.conversationBytes = conversationBytes
        self.conversationFiles = conversationFiles
    }

    /// The same without the bounds of users, for uploaders that are no users.
    package var withoutUsers: StorageQuotas {
        StorageQuotas(conversationBytes: conversationBytes, conversationFiles: conversationFiles)
    }

    /// Whether an owner of this kind has any bound.
    package func bounds(_ owner: QuotaBreach.Owner) -> Bool {
        bytes(of: owner) != nil || files(of: owner) != nil
    }

    /// The bound that one more file of so many bytes would break; nil where it fits.
    ///
    /// A file of unknown length is asked about with 0 bytes.
    package func breach(of owner: QuotaBreach.Owner, usage: StorageUsage, adding byteCount: Int64) -> QuotaBreach? {
        if let limit = files(of: owner), usage.files >= limit {
            return QuotaBreach(owner: owner, unit: .files, limit: limit, used: usage.files, added: 1)
        }
        if let limit = bytes(of: owner), usage.bytes > limit - byteCount {
            return QuotaBreach(owner: owner, unit: .bytes, limit: limit, used: usage.bytes, added: byteCount)
        }
        return nil
    }

    private func bytes(of owner: QuotaBreach.Owner) -> Int64? {
        switch owner {
        case .user: userBytes
        case .conversation: conversationBytes
        }
    }

    private func files(of owner: QuotaBreach.Owner) -> Int64? {
        switch owner {
        case .user: userFiles
        case .conversation: conversationFiles
        }
    }
}

/// What is stored now.
package struct StorageUsage: Sendable, Equatable {
    /// The number of files.
    package let files: Int64
    /// Their sizes together, in bytes; what is made of them does not count.
    package let bytes: Int64

    /// Makes a usage.
    package init(files: Int64, bytes: Int64) {
        self.files = files
        self.bytes = bytes
    }

    /// Nothing is stored.
    package static let none = StorageUsage(files: 0, bytes: 0)
}

/// The quota that a file would break.
package struct QuotaBreach: Sendable, Equatable {
    /// Whose quota it is.
    package enum Owner: String, Sendable {
        case user
        case conversation
    }

    /// What is counted.
    package enum Unit: Sendable {
        case bytes
        case files
    }

    /// Whose quota it is.
    package let owner: Owner
    /// What is counted.
    package let unit: Unit
    /// How much is allowed.
    package let limit: Int64
    /// How much is stored already.
    package let used: Int64
    /// How much the file would add.
    package let added: Int64

    /// Makes a breach.
    package init(owner: Owner, unit: Unit, limit: Int64, used: Int64, added: Int64) {
        self.owner = owner
        self.unit = unit
        self.limit = limit
        self.used = used
        self.added = added
    }
}
