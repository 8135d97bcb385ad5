import GRDB

/// What went wrong with the catalog, as a stable code and a text for operators.
///
/// The message never holds stored values, so it may be logged.
package struct CatalogError: Error, Equatable, CustomStringConvertible {
    /// A stable reason that callers branch on.
    package enum Code: String, Sendable {
        /// The database holds migrations that this release does not know.
        case newerSchema = "newer_schema"
        /// The database lacks migrations that this release needs.
        case olderSchema = "older_schema"
        /// The file cannot be opened, or is no usable database.
        case cannotOpen = "cannot_open"
        /// The database is a copy, made while a server stored files, and was not restored.
        case copied
        /// Another process has the database to itself.
        case inUse = "in_use"
        /// A value or a reference was refused by the schema.
        case constraint
        /// The row that the call is about does not exist.
        case notFound = "not_found"
        /// The user does not take part in the conversation.
        case forbidden
        /// The upload's intent is gone, or another process's: the upload was given up, or committed already.
        case missingIntent = "missing_intent"
        /// The job is not this process's any more: another took it for dead.
        case lostJob = "lost_job"
        /// A quota has no room for the file; the error's breach says which.
        case quotaExceeded = "quota_exceeded"
        /// The bytes that arrived are not those that the row speaks of.
        case digestMismatch = "digest_mismatch"
        /// Another connection kept the database locked beyond the busy timeout.
        case busy
        /// The disk is full.
        case full
        /// The stored data cannot be read.
        case corrupt
        /// Anything else.
        case other
    }

    /// The stable reason.
    package let code: Code
    /// What happened, in words for operators; holds no stored values.
    package let message: String
    /// The quota that has no room, for `quotaExceeded`.
    package let breach: QuotaBreach?

    /// Makes an error with a text that holds no stored values.
    package init(code: Code, message: String, breach: QuotaBreach? = nil) {
        self.code = code
        self.message = message
        self.breach = breach
    }

    /// The code and the message.
    package var description: String { "\(code.rawValue): \(message)" }
}

extension CatalogError {
    /// Maps what GRDB throws.
    ///
    /// The statement and its arguments stay out of the message.
    init(_ error: any Error) {
        if let error = error as? CatalogError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            let code: Code = error is RowDecodingError ? .corrupt : .other
            self.init(code: code, message: code == .corrupt ? "a stored row cannot be read" : "\(type(of: error))")
            return
        }
        self.init(code: Code(error.resultCode), message: error.message ?? error.resultCode.description)
    }

    /// Tells which step the error belongs to.
    func during(_ step: String) -> CatalogError {
        CatalogError(code: code, message: "\(step): \(message)")
    }
}

extension CatalogError.Code {
    fileprivate init(_ resultCode: ResultCode) {
        switch resultCode {
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG: self = .constraint
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        case .SQLITE_FULL: self = .full
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY: self = .cannotOpen
        default: self = .other
        }
    }
}
