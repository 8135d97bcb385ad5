import Catalog

extension AttachmentError {
    /// The user has as many uploads under way as one user may.
    static func tooManyUploads(limit: Int) -> AttachmentError {
        let uploads = limit == 1 ? "1 upload" : "\(limit) uploads"
        return AttachmentError(
            .tooManyUploads,
            "You may have \(uploads) under way at the same time. Wait for one of them to end, then try again.",
            retryAfter: .seconds(5)
        )
    }

    /// The file does not fit into a quota.
    static func quotaExceeded(_ breach: QuotaBreach) -> AttachmentError {
        let owner =
            switch breach.owner {
            case .user: "your storage quota"
            case .conversation: "the storage quota of this conversation"
            }
        let facts =
            switch breach.unit {
            case .files:
                "\(breach.used) of \(breach.limit) files are stored"
            case .bytes where breach.added > 0:
                "\(breach.used) of \(breach.limit) bytes are used, and the file has \(breach.added)"
            case .bytes:
                "\(breach.used) of \(breach.limit) bytes are used"
            }
        return AttachmentError(.quotaExceeded, "The file does not fit into \(owner): \(facts). Delete something first.")
    }
}
