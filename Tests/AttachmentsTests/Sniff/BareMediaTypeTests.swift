import Attachments
import Testing

struct BareMediaTypeTests {
    @Test(arguments: [
        ("image/svg+xml", "image/svg+xml"), ("Image/JPEG", "image/jpeg"), (" text/plain ; charset=UTF-8", "text/plain"),
        ("video/mp4;codecs=\"avc1\"", "video/mp4"), ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        ("text /\tplain", "text/plain"), ("", ""), (";", ""), ("ÄÖ/Ü", "äö/ü"),
    ])
    func `the type is left in lower case, without parameters and white space`(_ text: String, _ bare: String) {
        #expect(text.bareMediaType == bare)
    }
}
