import S3
import TestSupport

/// A key that has given some client or server trouble, and what the test servers do with it.
struct SampleKey: Sendable {
    /// What a server makes of a key.
    enum Treatment: Sendable, Equatable {
        case kept
        case refused(S3ErrorCode)
        /// Stored as if it were another.
        case folded(into: String)
    }

    let text: String
    private let onSeaweedFS: Treatment
    private let onMoto: Treatment

    private init(_ text: String, onSeaweedFS: Treatment = .kept, onMoto: Treatment = .kept) {
        self.text = text
        self.onSeaweedFS = onSeaweedFS
        self.onMoto = onMoto
    }

    /// What is expected of the server; of one that is not known, the standard.
    func treatment(on server: S3TestServer) -> Treatment {
        switch server {
        case .seaweedFS: onSeaweedFS
        case .moto: onMoto
        case .external: .kept
        }
    }

    static let all: [SampleKey] = (plain + longest).map { SampleKey($0) } + hard

    /// Keys that everything takes that is S3 at all.
    private static let plain: [String] = [
        // Encoding, once and not twice.
        "with space", " ", "plus+sign", "+", "per%cent", "%", "percent%2Bcode", "percent%2Fslash", "%25", "tilde~",
        "trailing space ", "q?a&b#c=d;e", "a=b", "comma,colon:at@", "dollar$", "!'()*", "[]{}|^`",
        // XML.
        "quo'te\"<x>", "amp&amp;", "tab\t", "carriage\rreturn", "control-\u{1}", "delete-\u{7F}",
        "noncharacter-\u{FFFE}",
        // Unicode: both forms of é are keys of their own.
        "nfc-\u{E9}", "nfd-e\u{301}", "emoji-\u{1F600}", "joiner-\u{200D}", "override-\u{202E}", "mark-\u{FEFF}",
        // Paths that look as if they went somewhere, and do not.
        "dot./x", "...", "a/.b/c",
    ]

    /// Keys of 1,024 bytes, the most there may be.
    private static let longest: [String] = [
        path(of: "y", count: 200, last: 19),
        path(of: "\u{E9}", count: 100, last: 9) + "x",
    ]

    // SeaweedFS keeps a key as a path: a segment is a file's name of at most 255 bytes, `.` and `..` are refused, empty
    // segments vanish and a backslash becomes a slash. moto's routes do not match a line feed.
    private static let hard: [SampleKey] = [
        SampleKey("a/../b", onSeaweedFS: .refused(.invalidRequest)),
        SampleKey("../up", onSeaweedFS: .refused(.invalidRequest)),
        SampleKey("a/./b", onSeaweedFS: .refused(.invalidRequest)),
        SampleKey("a/..", onSeaweedFS: .refused(.invalidRequest)),
        SampleKey("..", onSeaweedFS: .refused(.invalidRequest)),
        SampleKey(".", onSeaweedFS: .refused(.invalidRequest)),
        SampleKey("zero-\u{0}", onSeaweedFS: .refused(.invalidRequest)),
        SampleKey(String(repeating: "k", count: 1024), onSeaweedFS: .refused(.keyTooLong)),
        SampleKey(String(repeating: "k", count: 1025), onSeaweedFS: .refused(.keyTooLong)),
        SampleKey("double//slash", onSeaweedFS: .folded(into: "double/slash")),
        SampleKey("/leading", onSeaweedFS: .folded(into: "leading")),
        SampleKey("back\\slash", onSeaweedFS: .folded(into: "back/slash")),
        SampleKey("line\nfeed", onMoto: .refused(.noSuchKey)),
    ]

    /// Five segments and a sixth, each of one character again and again.
    private static func path(of character: String, count: Int, last: Int) -> String {
        let segment = String(repeating: character, count: count) + "/"
        return String(repeating: segment, count: 5) + String(repeating: character, count: last)
    }
}
