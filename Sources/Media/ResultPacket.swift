import FoundationEssentials

/// One packet of a job's result socket: a tag and its payload.
///
/// A job's child says that it is confined, does its work, perhaps tells how far it is, and sends one answer and then the image in pieces. Where the job
/// cannot be begun, there is a refusal instead, and nothing else. For a child that died, its parent sends a verdict. Packets
/// keep their boundaries, so a verdict after half an answer is still told apart.
package enum ResultPacket {
    private enum Tag {
        static let refusal = UInt8(ascii: "R")
        static let confined = UInt8(ascii: "C")
        static let progress = UInt8(ascii: "P")
        static let answer = UInt8(ascii: "A")
        static let image = UInt8(ascii: "I")
        static let verdict = UInt8(ascii: "V")
    }

    /// Why the job was not begun.
    case refusal(MediaFailure)
    /// The child is confined, and touches its file from now on.
    case confined
    /// How far the child's work is.
    case progress(TranscodeProgress)
    /// The child's answer.
    case answer(MediaAnswer)
    /// The next bytes of the image.
    case image([UInt8])
    /// Why the child gave no answer.
    case verdict(WorkerDeath)

    /// The most bytes of an image in one packet.
    package static let imagePieceByteCount = 32_768
    /// Room for any packet.
    package static let maxByteCount = 65_536

    /// Reads a packet; nil for bytes that are none.
    package init?(_ bytes: ArraySlice<UInt8>) {
        let payload = bytes.dropFirst()
        switch bytes.first {
        case Tag.refusal:
            guard let failure = Self.decoded(MediaFailure.self, payload) else { return nil }
            self = .refusal(failure)
        case Tag.confined:
            guard payload.isEmpty else { return nil }
            self = .confined
        case Tag.progress:
            guard let progress = Self.decoded(TranscodeProgress.self, payload) else { return nil }
            self = .progress(progress)
        case Tag.answer:
            guard let answer = Self.decoded(MediaAnswer.self, payload) else { return nil }
            self = .answer(answer)
        case Tag.image:
            guard !payload.isEmpty else { return nil }
            self = .image([UInt8](payload))
        case Tag.verdict:
            guard let death = Self.decoded(WorkerDeath.self, payload) else { return nil }
            self = .verdict(death)
        default:
            return nil
        }
    }

    /// The packet on the wire; empty where JSON cannot say it.
    package var bytes: [UInt8] {
        switch self {
        case .refusal(let failure): Self.tagged(Tag.refusal, failure)
        case .confined: [Tag.confined]
        case .progress(let progress): Self.tagged(Tag.progress, progress)
        case .answer(let answer): Self.tagged(Tag.answer, answer)
        case .image(let piece): [Tag.image] + piece
        case .verdict(let death): Self.tagged(Tag.verdict, death)
        }
    }

    private static func decoded<Value: Decodable>(_ type: Value.Type, _ payload: ArraySlice<UInt8>) -> Value? {
        try? JSONDecoder().decode(type, from: Data(payload))
    }

    private static func tagged(_ tag: UInt8, _ value: some Encodable) -> [UInt8] {
        guard let json = try? JSONEncoder().encode(value) else { return [] }
        var bytes = [tag]
        bytes.append(contentsOf: json)
        return bytes
    }
}
