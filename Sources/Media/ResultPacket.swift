import FoundationEssentials

/// One packet of a job's result socket: a tag and its payload.
///
/// A job's child sends one answer and then the image in pieces. For a child that died, its parent sends a verdict. Packets
/// keep their boundaries, so a verdict after half an answer is still told apart.
package enum ResultPacket {
    private enum Tag {
        static let answer = UInt8(ascii: "A")
        static let image = UInt8(ascii: "I")
        static let verdict = UInt8(ascii: "V")
    }

    /// The child's answer.
    case answer(MediaAnswer)
    /// The next bytes of the image.
    case image([UInt8])
    /// Why the child gave no answer.
    case verdict(MediaFailure)

    /// The most bytes of an image in one packet.
    package static let imagePieceByteCount = 32_768
    /// Room for any packet.
    package static let maxByteCount = 65_536

    /// Reads a packet; nil for bytes that are none.
    package init?(_ bytes: ArraySlice<UInt8>) {
        let payload = bytes.dropFirst()
        switch bytes.first {
        case Tag.answer:
            guard let answer = try? JSONDecoder().decode(MediaAnswer.self, from: Data(payload)) else { return nil }
            self = .answer(answer)
        case Tag.image:
            guard !payload.isEmpty else { return nil }
            self = .image([UInt8](payload))
        case Tag.verdict:
            guard let failure = try? JSONDecoder().decode(MediaFailure.self, from: Data(payload)) else { return nil }
            self = .verdict(failure)
        default:
            return nil
        }
    }

    /// The packet on the wire; empty where JSON cannot say it.
    package var bytes: [UInt8] {
        switch self {
        case .answer(let answer): Self.tagged(Tag.answer, answer)
        case .image(let piece): [Tag.image] + piece
        case .verdict(let failure): Self.tagged(Tag.verdict, failure)
        }
    }

    private static func tagged(_ tag: UInt8, _ value: some Encodable) -> [UInt8] {
        guard let json = try? JSONEncoder().encode(value) else { return [] }
        var bytes = [tag]
        bytes.append(contentsOf: json)
        return bytes
    }
}
