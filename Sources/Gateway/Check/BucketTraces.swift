import Attachments
import Foundation
import S3
import Synchronization

/// What measuring leaves in a bucket, remembered before it is made, so that all of it can be taken back.
final class BucketTraces: Sendable {
    /// An upload in parts that was opened and not completed.
    struct Upload: Sendable, Hashable {
        let key: String
        let id: String
    }

    private struct State {
        var keys: Set<String> = []
        var uploads: Set<Upload> = []
    }

    /// What the keys of this one check begin with.
    let prefix = "\(ObjectKey.trialPrefix)\(UUID().uuidString.lowercased())/"
    private let state = Mutex(State())

    /// The key of an object that is about to be stored.
    func key(_ name: String) -> String {
        let key = prefix + name
        state.withLock { _ = $0.keys.insert(key) }
        return key
    }

    func note(_ upload: Upload) {
        state.withLock { _ = $0.uploads.insert(upload) }
    }

    func forget(_ upload: Upload) {
        state.withLock { _ = $0.uploads.remove(upload) }
    }

    /// Aborts the uploads and deletes the objects: those that are known, and those that a listing shows beside them.
    func remove(with client: S3Client) async -> CheckLine {
        var fault = await abort(with: client)
        for key in state.withLock({ $0.keys.sorted() }) {
            do throws(S3Error) {
                try await client.deleteObject(key: key)
            } catch {
                fault = fault ?? error
            }
        }
        var isListed = true
        do throws(S3Error) {
            for object in try await client.listObjects(prefix: prefix) where object.key.hasPrefix(prefix) {
                try await client.deleteObject(key: object.key)
            }
        } catch {
            // Without the right to list there is no second look; any other failure is one of the removal.
            isListed = false
            if error.status != 403 { fault = fault ?? error }
        }
        if let fault {
            return .bad(
                "clean-up",
                "\(StorageFault(fault)). Something may be left; look with: satchel s3 ls \(prefix), satchel s3 multipart ls"
            )
        }
        let detail = "everything under \(prefix) is removed again"
        return .good("clean-up", isListed ? detail : "\(detail), as far as can be told without listing")
    }

    private func abort(with client: S3Client) async -> S3Error? {
        var uploads = state.withLock(\.uploads)
        var fault: S3Error?
        do throws(S3Error) {
            // The answer that named an upload may have been lost.
            for upload in try await client.listMultipartUploads(prefix: prefix) where upload.key.hasPrefix(prefix) {
                uploads.insert(Upload(key: upload.key, id: upload.uploadID))
            }
        } catch {
            if error.status != 403, error.status != 501 { fault = error }
        }
        for upload in uploads {
            do throws(S3Error) {
                try await client.abortMultipartUpload(key: upload.key, uploadID: upload.id)
            } catch {
                fault = fault ?? error
            }
        }
        return fault
    }
}
