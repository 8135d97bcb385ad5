package import Catalog
package import Foundation

/// An attachment as a client sees it: the record, and URLs that are good for a while.
///
/// Of one that is held back there are none, and no renditions.
package struct AttachmentView: Sendable {
    /// The record in the catalog.
    package let attachment: Attachment
    /// A presigned GET of the original; nil while the attachment is held back.
    package let url: String?
    /// What was made of it, the thumbnail first.
    package let renditions: [RenditionView]
    /// When the URLs stop working; nil where there are none.
    package let expiresAt: Date?
    /// How far the work on it is; empty where there is none, or it was not asked for.
    package internal(set) var processing: [JobProgress] = []

    /// The record alone, without a URL.
    package init(withoutURLs attachment: Attachment) {
        self.init(attachment: attachment, url: nil, renditions: [], expiresAt: nil)
    }

    /// Makes a value.
    package init(attachment: Attachment, url: String?, renditions: [RenditionView], expiresAt: Date?) {
        self.attachment = attachment
        self.url = url
        self.renditions = renditions
        self.expiresAt = expiresAt
    }

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
