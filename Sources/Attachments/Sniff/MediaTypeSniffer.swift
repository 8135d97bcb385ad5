/// Tells what a file is by its first bytes.
package enum MediaTypeSniffer {
    /// How many bytes of a file the sniffer wants to see; a shorter prefix is taken for a whole file.
    package static let prefixByteCount = 4096

    /// The type by content alone; nil when no signature is known.
    ///
    /// Fixed signatures come before looser tests, and text last, so that markup inside a picture's metadata or a script
    /// in a comment does not make the picture a page.
    package static func sniff(_ prefix: [UInt8]) -> SniffedType? {
        guard !prefix.isEmpty else { return nil }
        let prefix = SniffPrefix(prefix)
        for test in prefix.hasNoControlBytes ? firmTests : firmTests + looseTests {
            if let type = test(prefix) { return type }
        }
        return nil
    }

    private typealias Test = @Sendable (SniffPrefix) -> SniffedType?

    private static let firmTests: [Test] = [
        ZipSniff.sniff,
        TIFFSniff.sniff,
        MatroskaSniff.sniff,
        OggSniff.sniff,
        ASFSniff.sniff,
        ISOMediaSniff.sniff,
        MPEGAudioSniff.sniffTagged,
        Signature.sniff,
        TextSniff.sniff,
    ]

    /// Formats whose sign is a pattern of weak marks; none of them is looked for in what reads as text.
    private static let looseTests: [Test] = [
        Signature.sniffWeak,
        TransportStreamSniff.sniff,
        MPEGAudioSniff.sniffFrames,
    ]
}
