package import Foundation

/// A durable note that an upload is about to write to the bucket.
///
/// It is stored before the first call to the storage and leaves in the transaction that brings the attachment in, so
/// whatever a dead process left behind can be found and removed.
package struct UploadIntent: Sendable, Equatable {
    /// The id that the attachment will have.
    package let id: UUID
    /// The key of the object that the upload writes.
    package let objectKey: String
    /// The id of the multipart upload, once there is one.
    package let uploadID: String?
    /// The user who uploads.
    package let userID: String
    /// When the upload began to write to the bucket.
    package let createdAt: Date

    /// Makes a value; nothing is stored by it.
    package init(id: UUID, objectKey: String, uploadID: String? = nil, userID: String, createdAt: Date) {
        self.id = id
        self.objectKey = objectKey
        self.uploadID = uploadID
        self.userID = userID
        self.createdAt = createdAt
    }
}
