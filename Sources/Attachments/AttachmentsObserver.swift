package import Catalog
package import Media
import S3

/// Is told what became of uploads and media jobs, on whatever thread that happens: it must be quick, and never waits.
package protocol AttachmentsObserver: Sendable {
    /// An upload ended: its file's kind as far as it was known, and how long it took from its head to its commit, or to
    /// its end.
    func uploadEnded(_ outcome: UploadOutcome, kind: FileKind?, byteCount: Int64, after duration: Duration)
    /// The worker has said its last word on a file, or died of it for the last time.
    func mediaWorkEnded(_ result: MediaResult, kind: FileKind)
    /// A scanner was asked about a file, or the file was too large for it.
    func scanEnded(_ outcome: ScanOutcome)
    /// An attempt to tell a receiver of an event ended.
    func webhookEnded(_ outcome: WebhookOutcome)
    /// The storage was looked through, and so many things of each kind were found; what was removed counts too.
    func sweepEnded(_ findings: [SweepKind: Int])
}

/// How an upload ended, in few words.
package enum UploadOutcome: String, Sendable, CaseIterable {
    /// The file and its row are durable.
    case stored
    /// What the client sent, or wanted, was not right.
    case refused
    /// The client went away, or the server shut down.
    case aborted
    /// The storage, the spool or the server itself failed.
    case failed

    /// The outcome that an error stands for; one that the product does not know is of the request's form.
    init(_ error: (any Error)?) {
        switch error {
        case is CancellationError: self = .aborted
        case is S3Error, is CatalogError, is SpoolError, is StripWriteError: self = .failed
        case let error as AttachmentError:
            switch error.code {
            case .incompleteBody: self = .aborted
            case .storageUnavailable, .spoolFull, .mediaBusy, .mediaUnavailable, .membershipUnavailable, .internalError:
                self = .failed
            default: self = .refused
            }
        default: self = .refused
        }
    }
}
