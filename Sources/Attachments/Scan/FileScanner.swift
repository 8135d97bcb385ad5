package import Catalog
package import NIOCore

/// Who looks files through before anybody gets their URLs; the layer above, for this one knows no sockets.
package protocol FileScanner: Sendable {
    /// Whether it fetches the file by its URL, and does not read what is given to it.
    var fetchesFiles: Bool { get }

    /// Looks the file through.
    ///
    /// Throws `unavailable` where that cannot be done now, `tooLarge` where the scanner does not take so large a file.
    func scan(_ file: ScannedFile) async throws(ScanError) -> ScanVerdict
}

/// A file that is to be looked through.
package struct ScannedFile: Sendable {
    /// The record.
    package let attachment: Attachment
    /// How many bytes there are.
    package let byteCount: Int64
    /// A URL of the file, in the storage or in its old place, for a scanner that fetches it; empty for one that does not, where there is none.
    package let url: String
    /// Reads so many bytes from an offset on, fewer at the end; to be read in order, for what lies before counts as looked through.
    package let read: @Sendable (_ offset: Int64, _ count: Int) throws -> ByteBuffer

    /// Makes a value.
    package init(
        attachment: Attachment,
        byteCount: Int64,
        url: String,
        read: @escaping @Sendable (_ offset: Int64, _ count: Int) throws -> ByteBuffer
    ) {
        self.attachment = attachment
        self.byteCount = byteCount
        self.url = url
        self.read = read
    }
}

/// What a scanner says of a file.
package enum ScanVerdict: Sendable, Equatable {
    /// Nothing was found.
    case clean
    /// Something was found, by the scanner's name for it.
    case found(String)
}

/// Why a file could not be looked through.
package struct ScanError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    package enum Code: String, Sendable {
        /// The scanner does not answer, or not as agreed.
        case unavailable
        /// The scanner does not take so large a file.
        case tooLarge
    }

    /// What went wrong.
    package let code: Code
    /// Words for the log.
    package let message: String

    /// Makes an error.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message.
    package var description: String { "scan \(code.rawValue): \(message)" }
}

/// What the operator decides about scans.
package struct ScanRules: Sendable, Equatable {
    /// What becomes of a file that is larger than the scanner takes.
    package enum LargerFiles: String, Sendable, CaseIterable {
        /// It fails with `scan_too_large`, and its objects are deleted.
        case refuse
        /// It passes without having been looked through.
        case pass
    }

    /// What is done about files that a migration brings.
    package enum Migrated: String, Sendable, CaseIterable {
        /// They are held back and scanned, as uploads are.
        case scan
        /// They pass without having been looked through: the old system is trusted.
        case pass
    }

    /// The largest file that is given to the scanner, in bytes.
    package var maxBytes: Int64
    /// What becomes of a larger one.
    package var largerFiles: LargerFiles
    /// Whether a file passes while the scanner is away.
    package var failsOpen: Bool
    /// What is done about files that a migration brings.
    package var migrated: Migrated

    /// Makes rules with the documented defaults.
    package init(
        maxBytes: Int64 = 25 << 20,
        largerFiles: LargerFiles = .refuse,
        failsOpen: Bool = false,
        migrated: Migrated = .scan
    ) {
        self.maxBytes = maxBytes
        self.largerFiles = largerFiles
        self.failsOpen = failsOpen
        self.migrated = migrated
    }
}

/// How a scan ended, for those who count.
package enum ScanOutcome: String, Sendable, CaseIterable {
    /// Nothing was found.
    case clean
    /// Something was found.
    case infected
    /// The file was larger than the scanner takes, and failed or passed for that.
    case tooLarge = "too_large"
    /// The scanner was away: the file waits, or passed all the same.
    case unavailable
}
