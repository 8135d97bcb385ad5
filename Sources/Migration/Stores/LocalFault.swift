import Foundation

/// What the system said when something of this machine could not be written, and what to do about it.
package struct LocalFault: Sendable, CustomStringConvertible {
    /// The error's number, where it is known.
    let number: Int32?
    private let path: String
    private let reason: String

    init(_ path: String, number: Int32) {
        self.init(path, number: number, reason: String(cString: strerror(number)))
    }

    private init(_ path: String, number: Int32?, reason: String) {
        self.path = path
        self.number = number
        self.reason = reason
    }

    /// Takes whatever Foundation, or a call of the system, threw for the path.
    package init(_ path: String, _ error: any Error) {
        if let number = Self.number(in: error) {
            self.init(path, number: number)
        } else {
            let reason = (error as? MigrationError)?.message ?? error.localizedDescription
            self.init(path, number: nil, reason: reason)
        }
    }

    /// One line: the path, the reason, and what to do.
    package var description: String { "\(path) cannot be written: \(reason)\(advice)" }

    /// It is the disk, or this process, and not the one file: others cannot be written either.
    var isGeneral: Bool {
        guard let number else { return false }
        return [ENOSPC, EDQUOT, EROFS, EIO, EMFILE, ENFILE, ENOMEM, ESTALE, ENODEV, ENXIO].contains(number)
    }

    private var advice: String {
        switch number {
        case ENOSPC, EDQUOT: "; make room there, or name another place"
        case EACCES, EPERM: "; give this user the right to write there, or name another place"
        case EROFS: "; name a place that can be written to"
        case ENOENT, ENOTDIR: "; make the folder first, or name another place"
        case EISDIR, EEXIST: "; something else has that name: name another place"
        case EIO, ESTALE, ENODEV, ENXIO: "; look at the disk, or name another place"
        case EMFILE, ENFILE: "; let this process have more open files (ulimit -n)"
        default: ""
        }
    }

    private static func number(in error: any Error) -> Int32? {
        switch error {
        case let error as FileError: error.number
        case let error as POSIXError: error.code.rawValue
        default: number(in: error as NSError)
        }
    }

    /// Some of Foundation's errors are of no Swift type.
    private static func number(in error: NSError) -> Int32? {
        guard error.domain != NSPOSIXErrorDomain else { return Int32(exactly: error.code) }
        return (error.userInfo[NSUnderlyingErrorKey] as? any Error).flatMap { number(in: $0) }
    }
}

extension MigrationError {
    /// A file of this machine that cannot be written: `outputUnwritable`.
    package init(writing path: String, _ error: any Error) {
        self.init(.outputUnwritable, LocalFault(path, error).description)
    }
}
