package import Catalog
package import Foundation

/// An attachment as a client sees it: the record, and URLs that are good for a while.
package struct AttachmentView: Sendable {
    /// The record in the catalog.
    package let attachment: Attachment
    /// A presigned GET of the original.
    package let url: String
    /// A presigned GET of the thumbnail, where there is one.
    package let thumbnailURL: String?
    /// When the URLs stop working.
    package let expiresAt: Date
}
