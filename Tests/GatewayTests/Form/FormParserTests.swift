import NIOCore
import Testing

@testable import Gateway

struct FormParserTests {
    @Test func `a file and a field are read in the order of the wire`() throws {
        let parts = try readForm([
            formLines(
                "--b",
                "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"",
                "Content-Type: text/plain",
                "",
                "hello",
                "--b",
                "content-disposition:form-data;name=message_id",
                "",
                "42",
                "--b--",
                ""
            )
        ])
        #expect(
            parts == [
                ReadPart(
                    headers: FormPartHeaders(name: "file", fileName: "a.txt", contentType: "text/plain"),
                    body: Array("hello".utf8)
                ),
                ReadPart(headers: FormPartHeaders(name: "message_id"), body: Array("42".utf8)),
            ]
        )
        #expect(parts.map { $0.headers.fileName != nil } == [true, false])
    }

    @Test func `a form without parts ends at once`() throws {
        var parser = FormParser(boundary: "b")
        parser.append(ByteBuffer(string: "--b--\r\n"))
        let first = try parser.next()
        let second = try parser.next()
        parser.finish()
        let third = try parser.next()
        #expect(first == .end)
        #expect(second == nil)
        #expect(third == nil)
    }

    @Test func `the closing delimiter needs no line end`() throws {
        #expect(try readForm([formPart("x", body: "1") + formLines("", "--b--")]).map(\.text) == ["1"])
    }

    @Test func `an epilogue is ignored, even one that looks like a part`() throws {
        let bytes =
            formPart("x", body: "1") + formLines("", "--b--", "") + formPart("y", body: "2") + formLines("", "--b--")
        #expect(try readForm([bytes]).map(\.headers.name) == ["x"])
        #expect(try readForm(bytes.map { [$0] }).map(\.headers.name) == ["x"])
    }

    @Test(arguments: ["\r\n", "\r\n\r\n", "some words\r\n", "--c\r\n", "--bb\r\n", "--b and more\r\n", "\r\r\n"])
    func `what stands before the first delimiter is ignored`(preamble: String) throws {
        let bytes = Array(preamble.utf8) + formPart("x", body: "1") + formLines("", "--b--")
        #expect(try readForm([bytes]).map(\.text) == ["1"])
        #expect(try readForm(bytes.map { [$0] }).map(\.text) == ["1"])
    }

    @Test func `a preamble of the permitted length passes and one byte more does not`() throws {
        let limits = FormLimits(maxPreambleBytes: 10)
        let form = formPart("x", body: "1") + formLines("", "--b--")
        #expect(try readForm([Array("1234567890\r\n".utf8) + form], limits: limits).count == 1)
        #expect(failureCode(Array("12345678901\r\n".utf8) + form, limits: limits) == "preamble_too_large")
    }

    @Test(arguments: [" ", "\t", " \t  \t"])
    func `white space after a boundary is transport padding`(padding: String) throws {
        let bytes = formLines(
            "--b\(padding)",
            "Content-Disposition: form-data; name=x",
            "",
            "1",
            "--b\(padding)",
            "Content-Disposition: form-data; name=y",
            "",
            "2",
            "--b--\(padding)",
            ""
        )
        #expect(try readForm([bytes]).map(\.text) == ["1", "2"])
    }

    @Test(arguments: [
        "in --b mid-line",
        "\n--b\n",
        "\n--b\r\n",
        "\r--b\r\n",
        "\r\n-b\r\n",
        "\r\n--bc\r\n",
        "\r\n--b-\r\n",
        "\r\n--b x\r\n",
        "\r\n--b\rx",
        "\r\n\r\n--\r\n",
        "--bb\r\n",
        "\r",
        "\r\r\r\n\r",
        "\r\n",
        "\n",
    ])
    func `content that only resembles a delimiter stays content`(content: String) throws {
        let bytes = formPart("x", fileName: "a", body: content) + formLines("", "--b--", "")
        #expect(try readForm([bytes]).map(\.text) == [content])
        #expect(try readForm(bytes.map { [$0] }).map(\.text) == [content])
    }

    @Test func `boundary text in a line with more white space than padding may have is content`() throws {
        let content = "1\r\n--b" + String(repeating: " ", count: FormDelimiter.maxPaddingByteCount + 1) + "\r\n2"
        let bytes = formPart("x", body: content) + formLines("", "--b--")
        #expect(try readForm([bytes]).map(\.text) == [content])
    }

    @Test func `an empty body may share its line end with the blank line`() throws {
        let bytes = formLines(
            "--b",
            "Content-Disposition: form-data; name=x",
            "",
            "--b",
            "Content-Disposition: form-data; name=y",
            "",
            "",
            "--b--"
        )
        #expect(try readForm([bytes]).map(\.text) == ["", ""])
        #expect(try readForm(bytes.map { [$0] }).map(\.headers.name) == ["x", "y"])
    }

    @Test func `a file input without a file is told from an empty file`() throws {
        let bytes =
            formPart("none", fileName: "", body: "") + formLines("", "")
            + formPart("empty", fileName: "a.txt", body: "") + formLines("", "--b--")
        let parts = try readForm([bytes])
        #expect(parts.map(\.headers.fileName) == ["", "a.txt"])
        #expect(parts.allSatisfy { $0.headers.fileName != nil && $0.body.isEmpty })
    }

    @Test func `a body that ends before its closing delimiter is incomplete wherever it is cut`() throws {
        let form = formPart("x", fileName: "a", body: "content\r\n") + formLines("", "--b--")
        for length in 0..<form.count {
            #expect(failureCode(Array(form[..<length])) == "incomplete_body", "cut after \(length) bytes")
        }
        #expect(failureCode(form) == nil)
    }

    @Test func `an error is final`() throws {
        var parser = FormParser(boundary: "b")
        parser.append(ByteBuffer(string: "--b\n"))
        #expect(throws: FormError.self) { try parser.next() }
        parser.append(ByteBuffer(bytes: formPart("x", body: "1") + formLines("", "--b--")))
        #expect(throws: FormError.self) { try parser.next() }
        #expect(parser.unreadByteCount == 0)
    }
}

/// A delimiter, headers and a body, without the line end that begins the next delimiter.
func formPart(_ name: String, fileName: String? = nil, body: String) -> [UInt8] {
    let disposition = "Content-Disposition: form-data; name=\"\(name)\""
    return formLines("--b", disposition + (fileName.map { "; filename=\"\($0)\"" } ?? ""), "", body)
}
