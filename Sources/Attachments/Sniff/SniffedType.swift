package import Catalog

/// What a file is: its kind and the media type to store and serve it with.
package struct SniffedType: Sendable, Equatable {
    /// The kind, which decides the size limit and what the media worker is asked.
    package let kind: FileKind
    /// A media type in lower case, without parameters.
    package let mediaType: String

    /// Makes a type.
    package init(kind: FileKind, mediaType: String) {
        self.kind = kind
        self.mediaType = mediaType
    }

    /// Whether the media worker has something to say of such a file; vector graphics are never rendered.
    package var isProcessed: Bool {
        switch kind {
        case .image: !isVectorGraphic
        case .video, .audio: true
        case .document, .other: false
        }
    }

    /// SVG is a picture that can run scripts.
    var isVectorGraphic: Bool { mediaType == Self.vectorGraphic.mediaType }

    static let vectorGraphic = image("image/svg+xml")

    static func image(_ mediaType: String) -> SniffedType { SniffedType(kind: .image, mediaType: mediaType) }
    static func video(_ mediaType: String) -> SniffedType { SniffedType(kind: .video, mediaType: mediaType) }
    static func audio(_ mediaType: String) -> SniffedType { SniffedType(kind: .audio, mediaType: mediaType) }
    static func document(_ mediaType: String) -> SniffedType { SniffedType(kind: .document, mediaType: mediaType) }
    static func other(_ mediaType: String) -> SniffedType { SniffedType(kind: .other, mediaType: mediaType) }

    /// What no signature tells.
    package static let unknown = other("application/octet-stream")
}

/// What a file is, and whether that contradicts what was claimed of it.
package struct SniffResolution: Sendable, Equatable {
    /// The type to store: the content's own, which a name or declared type may only make more exact.
    package let sniffed: SniffedType
    /// The kind that the declared type or else the name claims; nil when neither claims any.
    package let claimedKind: FileKind?
    /// Whether an image, a video or audio was claimed, and neither the declared type nor the name claims what it is.
    ///
    /// Audio and video share their containers, so either may be claimed for the other.
    package let isMismatch: Bool
}
