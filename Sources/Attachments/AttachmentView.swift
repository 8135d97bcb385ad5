package import Catalog
package import Foundation

/// An attachment as a client sees it: the record, and URLs that are good for a while.
package struct AttachmentView: Sendable {
    /// The record in the catalog.
    package let attachment: Attachment
    /// A presigned GET of the original.
    package let url: String
    /// What was made of it, the thumbnail first.
    package let renditions: [RenditionView]
    /// When the URLs stop working.
    package let expiresAt: Date
    /// How far the work on it is; empty where there is none, or it was not asked for.
    package internal(set) var processing: [JobProgress] = []

    /// A presigned GET of the thumbnail, where there is one.
    package var thumbnailURL: String? { renditions.first { $0.rendition.name == Rendition.thumbnail }?.url }
}

/// A rendition as a client sees it.
package struct RenditionView: Sendable {
    /// The record in the catalog.
    package let rendition: Rendition
    /// A presigned GET.
    package let url: String
}
