import FoundationEssentials

/// How a child of the worker tells what it wrote, and what of that is believed.
extension TranscodedFile {
    /// Six hours in segments of a quarter of a second.
    private static let maxSegmentCount = 86_400

    /// The bytes that go over the wire, JSON; empty where that cannot say it.
    package var encoded: [UInt8] {
        guard let json = try? JSONEncoder().encode(self) else { return [] }
        return [UInt8](json)
    }

    /// Reads what `encoded` has written; nil for anything else.
    package init?(encoded bytes: [UInt8]) {
        guard let file = try? JSONDecoder().decode(TranscodedFile.self, from: Data(bytes)) else { return nil }
        self = file
    }

    /// A file of that kind can be so: what passes is safe to calculate with and to show.
    package func isPlausible(for specification: TranscodeSpecification) -> Bool {
        guard (1...1 << 53).contains(byteCount), (0...1 << 42).contains(milliseconds), isCodecList,
            width.map({ (2...16_384).contains($0) }) ?? true, height.map({ (2...16_384).contains($0) }) ?? true,
            frameRate.map({ $0 >= 0 && $0 <= 1_000 }) ?? true, streams?.isPlausible ?? true
        else { return false }
        guard (width == nil) == (height == nil), width == nil || specification.hasPicture else { return false }
        guard specification.container == .fragmented else { return segments.isEmpty && headerByteCount == 0 }
        return areSegmentsPlausible
    }

    /// Behind the header, one behind the other, up to the end.
    private var areSegmentsPlausible: Bool {
        guard (1...Self.maxSegmentCount).contains(segments.count), (1..<byteCount).contains(headerByteCount) else {
            return false
        }
        var end = headerByteCount
        for segment in segments {
            guard segment.offset == end, (1...byteCount).contains(segment.length),
                (0...1 << 42).contains(segment.milliseconds)
            else { return false }
            end += segment.length
        }
        return end == byteCount
    }

    /// `avc1.64001f,mp4a.40.2` and the like.
    private var isCodecList: Bool {
        (1...100).contains(codecs.utf8.count)
            && codecs.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ","):
                    true
                default: false
                }
            }
    }
}
