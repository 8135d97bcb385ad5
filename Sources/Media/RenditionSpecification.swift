/// How one rendered picture of a file is to be.
package struct RenditionSpecification: Codable, Sendable, Equatable {
    /// Which side `pixels` bounds.
    package enum Bound: String, Codable, Sendable {
        /// The width; the height follows from it, up to eight times as much.
        case width
        /// The longer side.
        case longEdge = "long_edge"
    }

    /// How the picture is encoded.
    package enum Format: String, Codable, Sendable {
        /// JPEG (ITU T.81), which has no transparency.
        case jpeg
        /// WebP (RFC 9649), lossy.
        case webp
    }

    /// What becomes of transparency.
    package enum Alpha: String, Codable, Sendable {
        /// It stays; a picture that has some is encoded as WebP, whatever the format says.
        case kept
        /// What is transparent shows white.
        case flattened
    }

    /// Of which files the picture is made.
    package enum Scope: String, Codable, Sendable {
        /// Still pictures alone.
        case images
        /// Whatever has a picture: videos and covers too.
        case all
    }

    /// The name by which the answer tells it.
    package var name: String
    /// Which side is bounded.
    package var bound: Bound
    /// That side's most pixels; a smaller picture is never enlarged.
    package var pixels: Int
    /// The encoding.
    package var format: Format
    /// The encoder's quality, 1 to 100.
    package var quality: Int
    /// What becomes of transparency.
    package var alpha: Alpha
    /// Of which files it is made.
    package var scope: Scope

    /// Makes a specification; the worker clamps numbers that are out of range.
    package init(
        name: String,
        bound: Bound,
        pixels: Int,
        format: Format = .jpeg,
        quality: Int = 80,
        alpha: Alpha = .flattened,
        scope: Scope = .all
    ) {
        self.name = name
        self.bound = bound
        self.pixels = pixels
        self.format = format
        self.quality = quality
        self.alpha = alpha
        self.scope = scope
    }

    /// The picture that every file with something to see gets: 320 pixels wide.
    package static let thumbnail = RenditionSpecification(name: "thumbnail", bound: .width, pixels: 320)

    /// The picture of still pictures that fills a screen: 1280 pixels at its longer side.
    package static let preview = RenditionSpecification(
        name: "preview",
        bound: .longEdge,
        pixels: 1_280,
        scope: .images
    )

    /// The storyboard of a video: ten pictures of 160 pixels in a row.
    package static let storyboard = RenditionSpecification(name: "storyboard", bound: .width, pixels: 1_600)

    /// The most that a side is bounded to, whatever `pixels` says.
    package static let maxPixels = 4_096

    /// The bound that counts: `pixels`, brought between 1 and `maxPixels`.
    package var effectivePixels: Int { min(max(pixels, 1), Self.maxPixels) }

    /// The quality that counts, 1 to 100.
    package var effectiveQuality: Int { min(max(quality, 1), 100) }

    /// The largest size that a picture of this specification can have.
    package var maxSize: (width: Int, height: Int) {
        switch bound {
        // WebP has no side of more (RFC 9649, 2.6).
        case .width: (effectivePixels, min(8 * effectivePixels, 16_383))
        case .longEdge: (effectivePixels, effectivePixels)
        }
    }
}
