import Crypto
import SigV4

/// The entity tag of an upload in parts: the MD5 of the parts' MD5s, and how many they are.
///
/// No answer tells how long the parts were. All but the last have one length, as programs choose it: one of those that are usual,
/// else the total shared out in whole MiB. So a tag that matches proves, and one that does not may only tell of a wrong guess.
struct GuessedParts {
    /// The MD5 of the parts' MD5s.
    let digest: [UInt8]
    /// The length of each part but the last, in bytes.
    let partByteCount: Int64

    /// What the AWS command line, boto3, rclone, s3cmd, the SDKs and Satchel send, the likeliest first.
    private static let usualLengths: [Int64] = [8, 5, 16, 64, 15, 10, 32, 50, 100, 128].map { $0 << 20 }

    /// Nil where the tag is none of parts, or no such length gives as many of them.
    init?(entityTag: String, byteCount: Int64) {
        let pieces = EntityTag.bare(entityTag).split(separator: "-", omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces[0].utf8.count == 32, let digest = [UInt8](hex: pieces[0].utf8),
            let count = Int64(pieces[1]), (1...10_000).contains(count), byteCount > 0
        else { return nil }
        let share = Self.quotient(byteCount, count << 20) << 20
        let length = (Self.usualLengths + [share]).first { Self.quotient(byteCount, $0) == count }
        guard let length else { return nil }
        self.digest = digest
        partByteCount = length
    }

    /// How many lengths make up a total, rounded up.
    private static func quotient(_ total: Int64, _ length: Int64) -> Int64 { (total + length - 1) / length }
}

/// The MD5 of the MD5s of the parts of what is read.
struct PartedMD5 {
    private let partByteCount: Int64
    private var function = Insecure.MD5()
    private var room: Int64
    private var digests: [UInt8] = []

    init(partByteCount: Int64) {
        self.partByteCount = partByteCount
        room = partByteCount
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if room == 0 { closePart() }
            let piece = rest.prefix(Int(min(room, Int64(rest.count))))
            function.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece))
            room -= Int64(piece.count)
            rest = rest.dropFirst(piece.count)
        }
    }

    /// The digest of what was read so far.
    func finalize() -> [UInt8] { Array(Insecure.MD5.hash(data: digests + Array(function.finalize()))) }

    private mutating func closePart() {
        digests += Array(function.finalize())
        function = Insecure.MD5()
        room = partByteCount
    }
}
