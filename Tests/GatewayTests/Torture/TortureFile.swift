import Crypto
import Foundation
import TestSupport

/// One file to be uploaded; no two have the same bytes.
struct TortureFile: Sendable {
    let number: Int
    let name: String
    let mediaType: String
    let bytes: [UInt8]
    /// Lower-case hex.
    let sha256: String

    init(number: Int, name: String, mediaType: String, bytes: [UInt8]) {
        self.number = number
        self.name = name
        self.mediaType = mediaType
        self.bytes = bytes
        sha256 = SHA256.hash(data: bytes).hexadecimal
    }
}

/// Files of mixed kinds and sizes, by their numbers: documents, and media that ffmpeg has made once, filled up.
struct TortureFiles: Sendable {
    /// Pictures are as large as they come; all else keeps to this.
    let byteCounts: ClosedRange<Int>
    private let video: [UInt8]
    private let sound: [UInt8]
    private let photo: [UInt8]
    private let graphic: [UInt8]

    init(byteCounts: ClosedRange<Int>) throws {
        self.byteCounts = byteCounts
        let media = try MediaFixtures()
        video = try media.bytes(
            of: try media.video("video.mp4", width: 320, height: 180, seconds: 1, hasAudio: true)
        )
        sound = try media.bytes(of: try media.audio("sound.wav", seconds: 1))
        photo = try media.bytes(of: try media.jpeg("photo.jpg"))
        graphic = try media.bytes(
            of: try media.picture("graphic.png", width: 320, height: 200, pixelFormat: "rgb24")
        )
    }

    func file(number: Int) -> TortureFile {
        let byteCount = byteCount(number: number)
        return switch number % 7 {
        case 0, 3:
            file(number, "pdf", "application/pdf", document(number, byteCount: byteCount))
        case 1, 4:
            file(number, "mp4", "video/mp4", filledVideo(number, byteCount: byteCount))
        case 2:
            file(number, "wav", "audio/wav", filledSound(number, byteCount: byteCount))
        case 5:
            file(number, "jpg", "image/jpeg", commentedPhoto(number))
        default:
            file(number, "png", "image/png", commentedGraphic(number))
        }
    }

    private func file(_ number: Int, _ suffix: String, _ mediaType: String, _ bytes: [UInt8]) -> TortureFile {
        TortureFile(number: number, name: "file-\(number).\(suffix)", mediaType: mediaType, bytes: bytes)
    }

    /// Sizes of the whole range, most of them small.
    private func byteCount(number: Int) -> Int {
        // Multiples of the golden ratio fall evenly over the unit, whichever numbers are asked for.
        let place = (Double(number + 1) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
        return byteCounts.lowerBound + Int(Double(byteCounts.count - 1) * place * place * place)
    }

    private func document(_ number: Int, byteCount: Int) -> [UInt8] {
        let start = Array("%PDF-1.7\n".utf8)
        return start + Noise.bytes(count: max(byteCount - start.count, 16), seed: number)
    }

    /// A `free` box, which players skip (ISO/IEC 14496-12, 8.1.2), holds what is missing.
    private func filledVideo(_ number: Int, byteCount: Int) -> [UInt8] {
        let noise = Noise.bytes(count: max(byteCount - video.count - 8, 16), seed: number)
        return joined([video, bigEndian(UInt32(noise.count + 8)), Array("free".utf8), noise])
    }

    /// A chunk of an unknown kind, which players skip, holds what is missing.
    private func filledSound(_ number: Int, byteCount: Int) -> [UInt8] {
        let noise = Noise.bytes(count: max(byteCount - sound.count - 8, 16), seed: number)
        // RIFF counts with the last byte first.
        return joined([sound, Array("junk".utf8), bigEndian(UInt32(noise.count).byteSwapped), noise])
    }

    /// A comment segment (ITU T.81 B.2.4.5) of a size of its own.
    private func commentedPhoto(_ number: Int) -> [UInt8] {
        let noise = Noise.bytes(count: 100 + number * 1_009 % 60_000, seed: number)
        let length = Array(bigEndian(UInt32(noise.count + 2)).suffix(2))
        return joined([Array(photo.prefix(2)), [0xFF, 0xFE], length, noise, Array(photo.dropFirst(2))])
    }

    /// A text chunk (PNG, third edition, 11.3.3.2) behind the header.
    private func commentedGraphic(_ number: Int) -> [UInt8] {
        let headerEnd = 8 + 25
        let text = Array("tEXtComment\0file \(number)".utf8)
        let chunk = joined([bigEndian(UInt32(text.count - 4)), text, bigEndian(checksum(text))])
        return joined([Array(graphic.prefix(headerEnd)), chunk, Array(graphic.dropFirst(headerEnd))])
    }

    private func joined(_ pieces: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
        for piece in pieces { bytes += piece }
        return bytes
    }

    private func bigEndian(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    /// CRC-32 as PNG has it (annex D).
    private func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 {
                value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
            }
        }
        return ~value
    }
}

/// Bytes without a pattern, different for each seed all along.
private enum Noise {
    private static let block: [UInt8] = (0..<65_536).map { _ in UInt8.random(in: 0...255) }

    static func bytes(count: Int, seed: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + block.count + 16)
        var index = 0
        while bytes.count < count {
            withUnsafeBytes(of: (seed, index)) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: block)
            index += 1
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}

extension SHA256Digest {
    /// The digest in lower-case hex.
    var hexadecimal: String {
        map { String(format: "%02x", $0) }.joined()
    }
}
