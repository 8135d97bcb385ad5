import Foundation

/// User metadata as headers can carry it.
///
/// A name has to be a header's (RFC 9110 section 5.6.2), and is in lower case in S3. A value may be empty; one that is not
/// printable ASCII, or that has blanks at its ends, which HTTP takes away, goes as an encoded word (RFC 2047), the form in which
/// storages themselves give back what is not ASCII.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
struct CarriedMetadata {
    /// By their names.
    private(set) var entries: [(name: String, value: String)] = []
    /// What cannot be carried, each in words.
    private(set) var losses: [String] = []

    /// Takes the metadata of an object; what an earlier migration noted in it for itself is of no use any more.
    init(_ metadata: [String: String]) {
        let ours = [ObjectDescription.digestName, ObjectDescription.tokenName]
        for (name, value) in metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            let key = name.lowercased()
            guard !ours.contains(key) else { continue }
            guard Self.isToken(key) else {
                losses.append(
                    "its metadata \"\(name)\" has no name that a header can have: letters, digits, - and _ are fine"
                )
                continue
            }
            guard !entries.contains(where: { $0.name == key }) else {
                losses.append(
                    "its metadata \"\(name)\" has the name of another but for capitals, which S3 does not tell apart"
                )
                continue
            }
            entries.append((name: key, value: Self.isPlain(value) ? value : Self.encodedWord(value)))
        }
    }

    private static func isPlain(_ value: String) -> Bool {
        value.utf8.allSatisfy { (0x20...0x7E).contains($0) } && value.utf8.first != 0x20 && value.utf8.last != 0x20
    }

    private static func encodedWord(_ value: String) -> String {
        "=?UTF-8?B?\(Data(value.utf8).base64EncodedString())?="
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
