import Catalog
import Foundation
import Media
import S3

extension AttachmentError {
    /// The quota of the spool, or its disk, has no room now.
    static let spoolFull = AttachmentError(
        .spoolFull,
        "The server has no room for the upload at the moment. Nothing was kept; try again.",
        retryAfter: .seconds(10)
    )

    /// More media work waits than the operator wants to.
    static let mediaBusy = AttachmentError(
        .mediaBusy,
        "The server has more pictures, videos and sounds to work on than it can. Nothing was kept; try again.",
        retryAfter: .seconds(10)
    )

    /// The worker that would have to look at the file before it is stored is away.
    static func mediaUnavailable(_ failure: MediaFailure) -> AttachmentError {
        AttachmentError(
            .mediaUnavailable,
            "The server cannot take the metadata out of files at the moment. Nothing was kept; try again.",
            retryAfter: .seconds(5),
            underlying: failure
        )
    }

    /// The metadata should be taken out of the file, and cannot be.
    static func metadataNotRemovable(_ mediaType: String, _ failure: MediaFailure) -> AttachmentError {
        AttachmentError(
            .metadataNotRemovable,
            "The metadata of this file (\(mediaType)) cannot be taken out: \(failure.message) Nothing was kept.",
            underlying: failure
        )
    }

    /// The requester is not in the conversation of a message that exists.
    static let notAParticipant = AttachmentError(.notAParticipant, "You are not a participant of this conversation.")

    /// There is no such message.
    static func messageNotFound(_ id: UUID) -> AttachmentError {
        AttachmentError(.messageNotFound, "There is no message \(id.uuidString.lowercased()).")
    }

    /// There is no such attachment, or none that the requester may know of: the answers are the same on purpose.
    static let attachmentNotFound = AttachmentError(.attachmentNotFound, "There is no such attachment.")

    /// The file is over the limit of its kind, or of all kinds while the kind is not known.
    static func tooLarge(kind: FileKind?, limit: Int64) -> AttachmentError {
        let what = kind.map { "a file of type \($0.rawValue)" } ?? "a file"
        let megabytes = Double(limit) / 1_048_576
        let size = megabytes == megabytes.rounded() ? "\(Int64(megabytes))" : "\(megabytes)"
        return AttachmentError(.fileTooLarge, "The file is too large: \(what) may have at most \(size) MB.")
    }

    /// The product's error for a failure of a lower layer; an error that is the product's own stays as it is.
    static func from(_ error: any Error) -> any Error {
        switch error {
        case let error as S3Error:
            storageUnavailable(retryAfter: error.retryAfter, underlying: error)
        case let error as OldStoreError:
            oldPlaceUnavailable(underlying: error)
        case SpoolError.full:
            spoolFull
        case is MediaQueueFull:
            mediaBusy
        case let error as CatalogError where error.code == .busy:
            AttachmentError(
                .storageUnavailable,
                "The catalog is busy. Try again.",
                retryAfter: .seconds(2),
                underlying: error
            )
        default:
            error
        }
    }

    /// A storage that refuses our credentials or has no bucket is as unavailable to the client as one that is down.
    static func storageUnavailable(retryAfter: Duration?, underlying: S3Error? = nil) -> AttachmentError {
        AttachmentError(
            .storageUnavailable,
            "The storage is not available at the moment. Nothing was kept; try again.",
            retryAfter: max(retryAfter ?? .seconds(5), .seconds(1)),
            underlying: underlying
        )
    }
}
