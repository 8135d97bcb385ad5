import Catalog
import S3

/// What an upload that will not be may have left in the storage.
struct UploadRemains: Sendable {
    let catalog: Catalog
    let storage: S3Client

    /// Aborts every multipart upload of the intent's key and deletes its object, unless an attachment refers to it.
    ///
    /// The intent must have been taken before (`Catalog.takeIntent`), or its upload could still be finished between the look
    /// and the deletion.
    ///
    /// The uploads are asked for by key as well: a lost answer can hide an id, and a repeated request can have made two. Throws
    /// `missingIntent` where another process has taken the intent meanwhile: what is under the key by then may be its work.
    func remove(of intent: UploadIntent) async throws {
        let key = intent.objectKey
        guard try await catalog.referencedObjectKeys(among: [key]).isEmpty else { return }
        // Whatever stays of one, the others and the object go.
        var rest: S3Error?
        if let uploadID = intent.uploadID {
            rest = try await abortOrTell(key: key, uploadID: uploadID)
        }
        for upload in try await storage.listMultipartUploads(prefix: key)
        where upload.key == key && upload.uploadID != intent.uploadID {
            rest = try await abortOrTell(key: key, uploadID: upload.uploadID) ?? rest
        }
        guard try await catalog.takeIntent(id: intent.id, onlyOwn: true) != nil else {
            throw CatalogError.missingIntent
        }
        try await storage.deleteObject(key: key)
        if let rest { throw rest }
    }

    /// Aborts an upload until the storage says that it has no part of it: a part that was on its way when the upload was
    /// aborted can outlive it, in no listing of uploads.
    ///
    /// Throws where parts of it are still listed in the end: whoever asked must come again.
    func abort(key: String, uploadID: String) async throws {
        if let rest = try await abortOrTell(key: key, uploadID: uploadID) { throw rest }
    }

    /// What is to be told of parts that stay; nil where there are none.
    private func abortOrTell(key: String, uploadID: String) async throws -> S3Error? {
        for _ in 0..<3 {
            try await storage.abortMultipartUpload(key: key, uploadID: uploadID)
            do throws(S3Error) {
                guard try await !storage.listParts(key: key, uploadID: uploadID).isEmpty else { return nil }
            } catch {
                guard error.isNotFound else { throw error }
                return nil
            }
        }
        return S3Error(
            code: .other("PartsRemain"),
            message: "parts of the upload \(uploadID) are still listed after it was aborted",
            operation: "ListParts"
        )
    }
}
