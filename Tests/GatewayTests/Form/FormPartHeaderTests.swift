import NIOCore
import Testing

@testable import Gateway

struct FormPartHeaderTests {
    private func read(_ headers: String..., limits: FormLimits = FormLimits()) throws -> FormPartHeaders {
        let bytes = Array((["--b"] + headers + ["", "", "--b--"]).joined(separator: "\r\n").utf8)
        return try #require(try readForm([bytes], limits: limits).first).headers
    }

    private func code(_ headers: String..., limits: FormLimits = FormLimits()) -> String? {
        failureCode(Array((["--b"] + headers + ["", "x", "--b--"]).joined(separator: "\r\n").utf8), limits: limits)
    }

    @Test func `a folded header line is joined`() throws {
        let headers = try read("Content-Disposition: form-data;", " name=\"x\";", "\tfilename=\"a.txt\"")
        #expect(headers == FormPartHeaders(name: "x", fileName: "a.txt"))
    }

    @Test func `header names are case-insensitive and unknown headers are skipped`() throws {
        let headers = try read(
            "X-Other: ;;\"",
            "CONTENT-TYPE: Image/PNG; q=1",
            "cOnTeNt-DiSpOsItIoN: FORM-DATA; NAME=x; FileName=a",
            "Content-Length: 0"
        )
        #expect(headers == FormPartHeaders(name: "x", fileName: "a", contentType: "Image/PNG; q=1"))
    }

    @Test func `a part without Content-Disposition is refused`() {
        #expect(code() == "missing_content_disposition")
        #expect(code("Content-Type: text/plain") == "missing_content_disposition")
        #expect(code("Content-Disposition: attachment; name=x") == "missing_content_disposition")
    }

    @Test func `a part without a name is refused and namex is not a name`() {
        #expect(code("Content-Disposition: form-data") == "missing_part_name")
        #expect(code("Content-Disposition: form-data; filename=\"a\"") == "missing_part_name")
        #expect(code("Content-Disposition: form-data; namex=\"a\"; xname=b; name") == "missing_part_name")
    }

    @Test(arguments: ["no colon", ": no name", "X: a\rb", "X: a\0b"])
    func `a malformed header line is refused`(line: String) {
        #expect(code("Content-Disposition: form-data; name=x", line) == "invalid_part_header")
    }

    @Test func `a continuation line that continues nothing is refused`() {
        #expect(code(" Content-Disposition: form-data; name=x") == "invalid_part_header")
    }

    @Test func `two dispositions that might disagree are refused`() {
        let line = "Content-Disposition: form-data; name=x"
        #expect(code(line, line) == "invalid_part_header")
    }

    @Test func `an encoded body is refused, for storing it as it is would damage the file`() throws {
        let line = "Content-Disposition: form-data; name=x"
        #expect(code(line, "Content-Transfer-Encoding: base64") == "unsupported_transfer_encoding")
        #expect(try read(line, "Content-Transfer-Encoding: Binary").name == "x")
    }

    @Test(arguments: [
        "--b\nContent-Disposition: form-data; name=x\n\n1\n--b--\n",
        "--b\r\nContent-Disposition: form-data; name=x\n\n1\r\n--b--\r\n",
        "--b\r\nContent-Disposition: form-data; name=x\r\n\n1\r\n--b--\r\n",
        "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n--b\nContent-Disposition: form-data; name=y",
    ])
    func `lines that end with LF alone are refused with a code of their own`(form: String) {
        #expect(failureCode(Array(form.utf8)) == "bare_line_feed")
    }

    @Test func `headers past the limit on bytes are refused before they end`() throws {
        let limits = FormLimits(maxHeaderBytes: 100)
        let start = "--b\r\nContent-Disposition: form-data; name=x\r\n"
        #expect(
            failureCode(Array((start + "X: " + String(repeating: "y", count: 100)).utf8), limits: limits)
                == "part_headers_too_large"
        )
        #expect(
            failureCode(Array((start + String(repeating: "X: y\r\n", count: 20)).utf8), limits: limits)
                == "part_headers_too_large"
        )
        #expect(try read("Content-Disposition: form-data; name=x", "X: 0123456789", limits: limits).name == "x")
    }

    @Test func `an endless header line is refused when fed byte by byte`() {
        var parser = FormParser(boundary: "b")
        parser.append(ByteBuffer(string: "--b\r\n"))
        var fed = 0
        var code: String?
        while code == nil, fed < 100_000 {
            parser.append(ByteBuffer(string: "y"))
            fed += 1
            do throws(FormError) {
                _ = try parser.next()
            } catch {
                code = error.code
            }
        }
        #expect(code == "part_headers_too_large")
        #expect(fed <= FormLimits().maxHeaderBytes)
    }

    @Test func `the number of headers in a part and of parts in a form is limited`() throws {
        let limits = FormLimits(maxHeaderCount: 2, maxParts: 2)
        let disposition = "Content-Disposition: form-data; name=x"
        #expect(try read(disposition, "X: y", limits: limits).name == "x")
        #expect(code(disposition, "X: y", "X: y", limits: limits) == "too_many_part_headers")

        let two = formPart("x", body: "1") + formLines("", "") + formPart("y", body: "2")
        #expect(failureCode(two + formLines("", "--b--"), limits: limits) == nil)
        let three = two + formLines("", "") + formPart("z", body: "3") + formLines("", "--b--")
        #expect(failureCode(three, limits: limits) == "too_many_parts")
    }

    @Test func `a field is gathered up to the limit and not past it`() throws {
        var collector = FormFieldCollector(limits: FormLimits(maxFieldBytes: 4))
        try collector.append(ByteBuffer(string: "ab"))
        try collector.append(ByteBuffer(string: "cd"))
        #expect(collector.text == "abcd")
        #expect(throws: FormError.self) { try collector.append(ByteBuffer(string: "e")) }
        #expect(collector.text == "abcd")
    }
}
