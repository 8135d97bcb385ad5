import Catalog
import Media

extension Rendition {
    /// The name under which clients see the ladder.
    package static let ladder = "hls"
    /// How the names begin of the ladder's steps and their indexes.
    package static let ladderPrefix = ladder
    private static let indexEnding = "index"

    /// What the index of a step is called.
    static func indexName(ofStep name: String) -> String { "\(name)\(indexEnding)" }

    /// Whether it belongs to the ladder, and is of no use by itself.
    var isPartOfLadder: Bool { isMadeLater && name.hasPrefix(Self.ladderPrefix) }
    /// Whether it is a step of the ladder.
    var isLadderStep: Bool { isPartOfLadder && mediaType == TranscodeSpecification.Container.fragmented.mediaType }
}

extension TranscodeSpecification.Container {
    /// The media type that the object is stored with.
    var mediaType: String {
        switch self {
        case .mp4, .fragmented: "video/mp4"
        case .m4a: "audio/mp4"
        case .opus: "audio/ogg"
        case .webp: "image/webp"
        }
    }
}
