import Media

/// Whether all of a file of sound was read, by the formats that MP4 is none of.
///
/// Most of them are packets one behind the other, without an index or times: a demuxer that finds nonsense among them goes on at the
/// next packet and says nothing. There the packets, the header and the tags must be the whole file. Ogg and Matroska tell times, by
/// which gaps are found elsewhere.
struct SoundCompleteness {
    /// Beside packets, header and tags nothing is expected, but for a byte that fills up.
    private static let toleratedByteCount: Int64 = 64
    /// The first frame of an MP3 may be an index without sound (Xing, LAME): one of 320 kbit/s at 32 kHz has 1,440 bytes.
    private static let toleratedMP3ByteCount: Int64 = 2_048
    private static let maxParts = 1_000

    private let format: String
    private let bytes: FileBytes

    /// `format` is the demuxer's name.
    init(_ format: String, _ bytes: FileBytes) {
        self.format = format
        self.bytes = bytes
    }

    /// What may be in the file that was not read, where packets of so many bytes were.
    func doubts(packetByteCount: Int64) -> Set<TranscodedStreams.Remainder> {
        let overhead: Int64?
        switch format {
        case "ogg", "matroska,webm": return []
        case "mp3", "aac": overhead = leadingTags + trailingTags
        case "flac": overhead = flacHeader.map { $0 + trailingTags }
        case "wav": overhead = waveOverhead
        case "amr": overhead = amrHeader
        default: overhead = nil
        }
        guard let overhead else { return [.untold] }
        let tolerated = format == "mp3" ? Self.toleratedMP3ByteCount : Self.toleratedByteCount
        return abs(bytes.byteCount - overhead - packetByteCount) > tolerated ? [.unread] : []
    }

    // MARK: - Tags

    /// The bytes of the ID3v2 tags at the beginning (ID3v2.4, 3.1).
    private var leadingTags: Int64 {
        var offset: Int64 = 0
        for _ in 0..<Self.maxParts {
            let head = bytes.read(at: offset, count: 10)
            guard head.count == 10, head.hasText("ID3"), head[6...9].allSatisfy({ $0 < 0x80 }) else { break }
            let size = head[6...9].reduce(Int64(0)) { $0 << 7 | Int64($1) }
            // The flag of a footer, which is as long as the header.
            offset += 10 + size + (head[5] & 0x10 != 0 ? 10 : 0)
        }
        return offset
    }

    /// The bytes of an ID3v1 tag at the end, and of an APEv2 tag before it.
    private var trailingTags: Int64 {
        var end = bytes.byteCount
        if bytes.read(at: end - 128, count: 3).hasText("TAG") { end -= 128 }
        let footer = bytes.read(at: end - 32, count: 32)
        if footer.hasText("APETAGEX"), let size = footer.number(at: 12, count: 4, bigEndian: false),
            let flags = footer.number(at: 20, count: 4, bigEndian: false)
        {
            // The size has the footer in it, and not the header.
            end -= Int64(size) + (flags >> 31 & 1 == 1 ? 32 : 0)
        }
        return bytes.byteCount - max(end, 0)
    }

    // MARK: - Headers

    /// The bytes before the first frame of a FLAC file (RFC 9639, 8.1); nil where they are not as they should be.
    private var flacHeader: Int64? {
        let tags = leadingTags
        guard bytes.read(at: tags, count: 4).hasText("fLaC") else { return nil }
        var offset = tags + 4
        for _ in 0..<Self.maxParts {
            let head = bytes.read(at: offset, count: 4)
            guard let kind = head.first, let size = head.number(at: 1, count: 3) else { return nil }
            offset += 4 + Int64(size)
            if kind & 0x80 != 0 { return offset }
        }
        return nil
    }

    /// The bytes before the first frame of an AMR file (RFC 4867, 5.1); nil for one of several channels.
    private var amrHeader: Int64? {
        let head = bytes.read(at: 0, count: 9)
        return head.hasText("#!AMR\n") ? 6 : head.hasText("#!AMR-WB\n") ? 9 : nil
    }

    /// All bytes of a WAVE file but those of its sound; nil where there is anything that is no note about it.
    private var waveOverhead: Int64? {
        let head = bytes.read(at: 0, count: 12)
        guard head.hasText("RIFF"), head.hasText("WAVE", at: 8) else { return nil }
        var offset: Int64 = 12
        var soundByteCount: Int64?
        for _ in 0..<Self.maxParts {
            let chunk = bytes.read(at: offset, count: 8)
            // A byte may fill up the last one.
            if chunk.count < 2 { return soundByteCount.map { bytes.byteCount - $0 } }
            guard chunk.count == 8, let size = chunk.number(at: 4, count: 4, bigEndian: false) else { return nil }
            let name = String(decoding: chunk[..<4], as: UTF8.self)
            let end = offset + 8 + Int64(size)
            if name == "data" {
                guard soundByteCount == nil, end <= bytes.byteCount else { return nil }
                soundByteCount = Int64(size)
            } else {
                guard Self.waveNotes.contains(name) else { return nil }
            }
            offset = end + Int64(size & 1)
        }
        return nil
    }

    /// Chunks that describe the sound, or fill up; marks within it (`cue `) and loops are none of them.
    private static let waveNotes: Set<String> = [
        "fmt ", "fact", "LIST", "bext", "iXML", "id3 ", "ID3 ", "PEAK", "JUNK", "junk", "PAD ", "FLLR", "_PMX", "cart",
    ]
}
