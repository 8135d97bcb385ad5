import NIOCore
import Testing

@testable import Gateway

struct FormParserChunkTests {
    /// Small, and with every element that a read may end in.
    private let form =
        Array("\r\n".utf8) + formPart("file", fileName: "a\\\"b;c.bin", body: "\r\n--bx\r\n--b-\r\r\n1\r")
        + formLines("", "--b \t", "Content-Disposition: form-data;", "\tname=id", "", "7", "--b--", "end")

    private let expected = [
        ReadPart(
            headers: FormPartHeaders(name: "file", fileName: "a\"b;c.bin"),
            body: Array("\r\n--bx\r\n--b-\r\r\n1\r".utf8)
        ),
        ReadPart(headers: FormPartHeaders(name: "id"), body: Array("7".utf8)),
    ]

    @Test func `a form cut in two anywhere reads the same`() throws {
        for cut in 0...form.count {
            let parts = try readForm([Array(form[..<cut]), Array(form[cut...])])
            #expect(parts == expected, "cut at \(cut)")
        }
    }

    @Test func `a form cut in three anywhere reads the same`() throws {
        var differing: [String] = []
        for first in 0...form.count {
            for second in first...form.count {
                let pieces = [Array(form[..<first]), Array(form[first..<second]), Array(form[second...])]
                if try readForm(pieces) != expected {
                    differing.append("\(first), \(second)")
                }
            }
        }
        #expect(differing == [])
    }

    @Test func `a form fed byte by byte reads the same, with empty reads between`() throws {
        #expect(try readForm(form.map { [$0] }) == expected)
        let withEmptyReads = form.flatMap { byte -> [[UInt8]] in [[], [byte], []] }
        #expect(try readForm(withEmptyReads) == expected)
    }

    @Test func `a form that arrives before anyone reads is the same`() throws {
        var parser = FormParser(boundary: "b")
        for byte in form {
            parser.append(ByteBuffer(bytes: [byte]))
        }
        parser.finish()
        var reader = FormReader()
        try reader.drain(&parser)
        #expect(reader.parts == expected)
        #expect(reader.hasEnded && reader.isGrammatical)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `random content in random pieces comes out as it went in`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let boundary = "----Boundary\(seed)"
        // Made of what a delimiter is made of, so that almost-delimiters abound.
        let fragments = [
            "\r", "\n", "\r\n", "-", "--", "\r\n--", "\r\n--\(boundary.dropLast())", "--\(boundary)", "x", " ",
        ]
        var bodies: [[UInt8]] = []
        var wire: [UInt8] = []
        for index in 0..<Int.random(in: 1...4, using: &random) {
            var body: [UInt8] = [0x78]
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                body += Array((fragments.randomElement(using: &random) ?? "").utf8)
            }
            // Nothing that truly is a delimiter.
            while let range = body.firstRange(of: Array("\r\n--\(boundary)".utf8)) {
                body.removeSubrange(range)
            }
            bodies.append(body)
            wire += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(index)\"\r\n\r\n".utf8)
            wire += body + [0x0D, 0x0A]
        }
        wire += Array("--\(boundary)--\r\n".utf8)

        for _ in 0..<20 {
            var pieces: [[UInt8]] = []
            var rest = wire[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...24, using: &random))
                pieces.append(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
            #expect(try readForm(pieces, boundary: boundary).map(\.body) == bodies)
        }
    }

    @Test func `content is handed out without copying it`() throws {
        var parser = FormParser(boundary: "b")
        parser.append(ByteBuffer(bytes: formPart("x", fileName: "a", body: "")))
        _ = try parser.next()
        parser.append(ByteBuffer(string: "."))
        _ = try parser.next()
        let content = ByteBuffer(repeating: 0x61, count: 65_536)
        parser.append(content)
        guard let event = try parser.next(), case .chunk(let chunk) = event else {
            Issue.record("no chunk")
            return
        }
        #expect(chunk.readableBytes == content.readableBytes)
        let isShared = chunk.withUnsafeReadableBytes { ours in
            content.withUnsafeReadableBytes { $0.baseAddress == ours.baseAddress }
        }
        #expect(isShared)
    }

    @Test func `a gibibyte of zeros passes through without being held`() throws {
        var parser = FormParser(boundary: "b")
        parser.append(ByteBuffer(bytes: formPart("x", fileName: "zeros", body: "")))
        let zeros = ByteBuffer(repeating: 0, count: 1 << 20)
        var byteCount = 0
        var mostHeld = 0
        for _ in 0..<1024 {
            parser.append(zeros)
            while let event = try parser.next() {
                if case .chunk(let chunk) = event {
                    byteCount += chunk.readableBytes
                }
            }
            mostHeld = max(mostHeld, parser.unreadByteCount)
        }
        #expect(byteCount == 1 << 30)
        #expect(mostHeld == 0)
    }

    @Test(arguments: ["\r", "\r\n", "\r\n--", "\r\n--bb", "x\r\n--b", "x\r\n--b  "])
    func `content full of beginnings of delimiters is held back no longer than a delimiter`(unit: String) throws {
        var parser = FormParser(boundary: "b")
        parser.append(ByteBuffer(bytes: formPart("x", fileName: "a", body: "")))
        let noise = ByteBuffer(string: String(repeating: unit, count: 2_000))
        var byteCount = 0
        for _ in 0..<10 {
            parser.append(noise)
            while let event = try parser.next() {
                if case .chunk(let chunk) = event {
                    byteCount += chunk.readableBytes
                }
            }
            #expect(parser.unreadByteCount <= 5 + FormDelimiter.maxPaddingByteCount)
        }
        #expect(byteCount + parser.unreadByteCount == noise.readableBytes * 10)
    }
}

/// SplitMix64: the same numbers on every run.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
