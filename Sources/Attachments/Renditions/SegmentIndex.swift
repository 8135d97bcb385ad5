import Foundation
import Media

/// Where the segments of a step of the ladder are: what its playlist is made of.
///
/// It is stored as JSON beside the step.
struct SegmentIndex: Codable, Equatable {
    /// The form of the index; another one is not read.
    var version = 1
    /// The codecs (RFC 6381).
    var codecs: String
    var width: Int?
    var height: Int?
    var frameRate: Double?
    /// How many bytes come before the first segment.
    var headerByteCount: Int64
    /// The segments in order.
    var segments: [TranscodedFile.Segment]

    init(_ file: TranscodedFile) {
        codecs = file.codecs
        width = file.width
        height = file.height
        frameRate = file.frameRate
        headerByteCount = file.headerByteCount
        segments = file.segments
    }

    /// Reads what `bytes` writes; throws for what is no such index.
    init(json: Data) throws {
        self = try JSONDecoder().decode(Self.self, from: json)
        guard version == 1, !segments.isEmpty else { throw UnreadableIndex() }
    }

    var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return Array(try encoder.encode(self))
        }
    }
}

/// An object is not what it is recorded as.
struct UnreadableIndex: Error, CustomStringConvertible {
    var description: String { "The index of the segments cannot be read." }
}
