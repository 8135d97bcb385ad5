package import Catalog

/// What uploads are held to, as far as it can be changed while the server runs.
package struct UploadLimits: Sendable, Equatable {
    /// The largest file of each kind.
    package var sizes: SizeLimits
    /// How much users and conversations may store.
    package var quotas: StorageQuotas
    /// How many uploads of one user may be under way at once; nil where there is no bound.
    package var atOncePerUser: Int?

    /// The limits that the configuration speaks of.
    package init(_ configuration: AttachmentsConfiguration) {
        sizes = configuration.limits
        quotas = configuration.quotas
        atOncePerUser = configuration.uploadsAtOncePerUser
    }
}

extension SizeLimits {
    /// The limit while the kind is not known, in bytes.
    func limit(for route: UploadRoute) -> Int64 {
        switch route {
        case .any: largest
        case .videosOnly: video
        }
    }
}
