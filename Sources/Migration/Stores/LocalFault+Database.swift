import Foundation
import GRDB

extension LocalFault {
    /// What SQLite could not write for want of room or rights, or by the disk's fault; nil for all else.
    init?(_ path: String, storing error: any Error) {
        guard let error = error as? DatabaseError else { return nil }
        switch error.resultCode {
        case .SQLITE_FULL: self.init(path, number: ENOSPC)
        case .SQLITE_PERM, .SQLITE_READONLY: self.init(path, number: EACCES)
        case .SQLITE_IOERR: self.init(path, number: EIO)
        default: return nil
        }
    }

    /// What Foundation, or the file system, refused; nil for what has no number.
    init?(_ path: String, refusing error: any Error) {
        let fault = LocalFault(path, error)
        guard fault.number != nil else { return nil }
        self = fault
    }
}

extension MigrationError {
    /// What is only kept for the time of a command cannot be: nil where that is not the reason.
    init?(scratch what: String, _ error: any Error) {
        let place = NSTemporaryDirectory()
        guard let fault = LocalFault(place, storing: error) ?? LocalFault(place, refusing: error) else { return nil }
        self.init(.outputUnwritable, "\(what): \(fault) (TMPDIR)")
    }
}
