import Catalog

/// Swift Testing has an `Attachment` of its own; files that import both say it with this name.
typealias CatalogAttachment = Attachment
