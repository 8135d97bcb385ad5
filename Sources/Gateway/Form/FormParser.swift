package import NIOCore

/// A streaming parser of multipart/form-data that does no input and output of its own (RFC 7578, RFC 2046).
///
/// Bytes from the wire go in with `append`, events come out of `next` until it gives nil. What the parser holds back is
/// the unfinished header line of a part, or the few bytes that may turn out to be a delimiter: never content.
package struct FormParser: Sendable {
    private enum State: Sendable {
        case preamble
        case partHeaders
        /// The blank line after the headers is still unread: it may be the line end that begins a delimiter.
        case bodyStart
        case body
        case closing
        case ended
    }

    private let delimiter: FormDelimiter
    private let limits: FormLimits
    private var state = State.preamble
    private var failure: FormError?
    private var wireHasEnded = false
    /// Begins with a line end that is not on the wire, so that the first delimiter is found like all others.
    private var unread = ByteBuffer(string: "\r\n")
    /// The line end put in front does not count.
    private var preambleByteCount = -2
    private var partCount = 0
    private var fields: [FormHeaderField] = []
    private var headerByteCount = 0
    /// How much of `unread` is known to hold no line end, so that a header fed byte by byte costs linear time.
    private var scannedByteCount = 0

    /// Makes a parser for a body with this boundary, as `boundary(fromContentType:)` gives it.
    package init(boundary: String, limits: FormLimits = FormLimits()) {
        delimiter = FormDelimiter(boundary: boundary)
        self.limits = limits
    }

    /// The bytes held back, for tests of the bound on memory.
    var unreadByteCount: Int { unread.readableBytes }

    /// Takes bytes from the wire; after the end or an error they are dropped.
    package mutating func append(_ buffer: ByteBuffer) {
        guard failure == nil, state != .ended, buffer.readableBytes > 0 else { return }
        if unread.readableBytes == 0 {
            unread = buffer
        } else if unread.readerIndex == 0 {
            unread.writeImmutableBuffer(buffer)
        } else {
            var joined = ByteBuffer()
            joined.reserveCapacity(unread.readableBytes + buffer.readableBytes)
            joined.writeImmutableBuffer(unread)
            joined.writeImmutableBuffer(buffer)
            unread = joined
        }
    }

    /// Tells the parser that the wire has ended: what is incomplete then is an error of `next`.
    package mutating func finish() {
        wireHasEnded = true
    }

    /// The next event, nil when more bytes are needed or after `end`; an error is final and thrown again.
    package mutating func next() throws(FormError) -> FormEvent? {
        if let failure {
            throw failure
        }
        do throws(FormError) {
            return try advance()
        } catch {
            failure = error
            unread = ByteBuffer()
            throw error
        }
    }

    private mutating func advance() throws(FormError) -> FormEvent? {
        while true {
            switch state {
            case .preamble:
                guard try skipPreamble() else { return try starve() }
            case .partHeaders:
                guard let headers = try readHeaders() else { return try starve() }
                state = .bodyStart
                return .partBegin(headers)
            case .bodyStart:
                switch delimiter.verdict(of: unread) {
                case .absent:
                    unread.moveReaderIndex(forwardBy: 2)
                    state = .body
                case .incomplete:
                    return try starve()
                case .complete(let byteCount, let isClosing):
                    try cross(byteCount: byteCount, isClosing: isClosing)
                    return .partEnd
                case .bareLineFeed:
                    throw Self.bareLineFeed
                }
            case .body:
                return try readBody()
            case .closing:
                state = .ended
                unread = ByteBuffer()
                return .end
            case .ended:
                return nil
            }
        }
    }

    /// Nothing can be said about the bytes at hand: more must come.
    private func starve() throws(FormError) -> FormEvent? {
        guard wireHasEnded else { return nil }
        throw FormError(.incompleteBody, "The form ends before its closing boundary.")
    }

    /// Drops what stands before the first delimiter; false when more bytes are needed.
    private mutating func skipPreamble() throws(FormError) -> Bool {
        let found = delimiter.find(in: unread)
        unread.moveReaderIndex(forwardBy: found.offset)
        preambleByteCount += found.offset
        guard preambleByteCount <= limits.maxPreambleBytes else {
            throw FormError(.preambleTooLarge, "The form has too much text before its first boundary.")
        }
        switch found.verdict {
        case .absent, .incomplete:
            return false
        case .complete(let byteCount, let isClosing):
            try cross(byteCount: byteCount, isClosing: isClosing)
            return true
        case .bareLineFeed:
            throw Self.bareLineFeed
        }
    }

    private mutating func readBody() throws(FormError) -> FormEvent? {
        let found = delimiter.find(in: unread)
        if found.offset > 0, let chunk = unread.readSlice(length: found.offset) {
            return .chunk(chunk)
        }
        switch found.verdict {
        case .absent, .incomplete:
            return try starve()
        case .complete(let byteCount, let isClosing):
            try cross(byteCount: byteCount, isClosing: isClosing)
            return .partEnd
        case .bareLineFeed:
            throw Self.bareLineFeed
        }
    }

    /// Steps over a delimiter, to the next part's headers or to the end.
    private mutating func cross(byteCount: Int, isClosing: Bool) throws(FormError) {
        unread.moveReaderIndex(forwardBy: byteCount)
        guard !isClosing else {
            state = .closing
            return
        }
        partCount += 1
        guard partCount <= limits.maxParts else {
            throw FormError(.tooManyParts, "The form has more than \(limits.maxParts) parts.")
        }
        state = .partHeaders
        fields = []
        headerByteCount = 0
        scannedByteCount = 0
    }

    private mutating func readHeaders() throws(FormError) -> FormPartHeaders? {
        while let line = try readHeaderLine() {
            guard let first = line.first else {
                return try FormPartHeaders(fields: fields)
            }
            if first.isHeaderWhitespace {
                guard !fields.isEmpty else {
                    throw FormError(.invalidPartHeader, "A form part begins with a continuation line.")
                }
                try fields[fields.count - 1].fold(line)
                continue
            }
            guard fields.count < limits.maxHeaderCount else {
                throw FormError(.tooManyPartHeaders, "A form part has more than \(limits.maxHeaderCount) headers.")
            }
            fields.append(try FormHeaderField(line: line))
        }
        return nil
    }

    /// A header line without its line end; the empty line that ends the headers is left unread.
    private mutating func readHeaderLine() throws(FormError) -> [UInt8]? {
        let scanned = scannedByteCount
        let lineFeed = unread.withUnsafeReadableBytes { $0.offset(of: 0x0A, from: scanned) }
        guard headerByteCount + (lineFeed ?? unread.readableBytes) < limits.maxHeaderBytes else {
            throw FormError(
                .partHeadersTooLarge,
                "A form part's headers are longer than \(limits.maxHeaderBytes) bytes."
            )
        }
        guard let lineFeed else {
            scannedByteCount = unread.readableBytes
            return nil
        }
        guard var line = unread.getBytes(at: unread.readerIndex, length: lineFeed), line.popLast() == 0x0D else {
            throw Self.bareLineFeed
        }
        scannedByteCount = 0
        headerByteCount += lineFeed + 1
        if !line.isEmpty {
            unread.moveReaderIndex(forwardBy: lineFeed + 1)
        }
        return line
    }

    private static let bareLineFeed = FormError(
        .bareLineFeed,
        "The form's lines must end with CR LF, not with LF alone."
    )
}
