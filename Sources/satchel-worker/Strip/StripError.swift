/// Why a file's metadata cannot be taken out; nothing of a plan is kept then.
struct StripError: Error, Equatable {
    /// What kind of trouble it is.
    enum Reason: Equatable {
        /// The format is none that is stripped here, or uses what is not understood.
        case unsupported
        /// The structure contradicts itself or the file's size.
        case malformed
        /// More parts or edits than are handled.
        case tooComplex
        /// The file cannot be read.
        case unreadable
        /// Read again, the stripped file still shows what was to go, or lacks what was to stay.
        case incomplete
    }

    let reason: Reason
    let message: String

    init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}
