import Logging
import S3

// The source has nothing any more, and nobody misses it: what an attempt before that left in the target goes too.
extension ObjectMove {
    /// Ends the object's uploads, and has the catalog delete what an earlier attempt brought; false where the catalog wants
    /// it after all.
    ///
    /// What somebody else stored under the key stays. Throws where the target or the catalog does not answer: nothing is
    /// lost, and the next attempt does the same again.
    func withdraw(telling recorder: any MoveRecorder) async throws -> Bool {
        if let uploadID = row.uploadID {
            try await context.client.abortMultipartUpload(key: key, uploadID: uploadID)
            try context.journal.noteUploadGone(row.id)
        }
        await abortUnknownUploads()
        guard let head = try await headInTarget(), head.metadata[ObjectDescription.tokenName] == token else {
            return true
        }
        let left = MovedObject(
            item: row.item,
            byteCount: head.byteCount,
            sha256: try await digestInTarget(),
            contentType: head.contentType ?? "application/octet-stream"
        )
        return try await recorder.record(left) == .unwanted
    }
}
