import Glibc

// The faults that are more than leaving something out.
extension FaultProxyConnection {
    /// The most of an answer that is held in memory to be spoiled, in bytes.
    private static let maxSpoiledByteCount = 8 << 20

    // MARK: - Answers of the proxy's own

    func answerWithError(
        _ head: FaultProxyHead,
        status: Int,
        code: String,
        retryAfter: Int? = nil,
        readsBody: Bool = true
    ) throws -> Ending {
        let document =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(code)</Code>"
            + "<Message>A fault of the test.</Message><RequestId>fault</RequestId></Error>"
        let fields = retryAfter.map { ["Retry-After: \($0)"] } ?? []
        return try answer(head, status: status, fields: fields, body: document, readsBody: readsBody)
    }

    func answer(
        _ head: FaultProxyHead,
        status: Int,
        fields: [String] = [],
        body: String,
        readsBody: Bool = true
    ) throws -> Ending {
        if readsBody {
            try answerExpectation(of: head)
            _ = try client.readBody(head.requestFraming) { _ in true }
        }
        var lines = ["HTTP/1.1 \(status) Fault", "Content-Type: application/xml"]
        lines.append("Content-Length: \(body.utf8.count)")
        lines += fields
        if !readsBody { lines.append("Connection: close") }
        try client.write(Array("\(lines.joined(separator: "\r\n"))\r\n\r\n".utf8))
        if head.method != "HEAD" { try client.write(Array(body.utf8)) }
        guard !readsBody else { return head.endsConnection ? .closed : .goesOn }
        // Closed with bytes of the client unread, the connection would be reset and the answer lost.
        client.endWritingAndWait()
        return .closed
    }

    /// Says nothing until the client gives up or the proxy is stopped.
    func stall() -> Ending {
        while !client.isHungUp, !proxy.isStopped {
            usleep(20_000)
        }
        return .reset
    }

    // MARK: - Answers of the server, spoiled

    func passBeginningOfResponse(to head: FaultProxyHead, byteCount: Int) throws -> Ending {
        try passRequest(head)
        var remaining = byteCount
        _ = try receiveResponse(to: head) { bytes in
            let passed = bytes.prefix(remaining)
            remaining -= passed.count
            try client.write(Array(passed))
            return remaining > 0
        }
        return .reset
    }

    func passResponseSlowly(to head: FaultProxyHead, byteCount: Int, pause: Duration) throws -> Ending {
        let (seconds, attoseconds) = pause.components
        let microseconds = UInt32(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        var slowPieceCount = 100
        try passRequest(head)
        return try receiveResponse(to: head) { bytes in
            var rest = bytes[...]
            while slowPieceCount > 0, !rest.isEmpty {
                slowPieceCount -= 1
                try client.write(Array(rest.prefix(byteCount)))
                rest = rest.dropFirst(byteCount)
                usleep(microseconds)
            }
            try client.write(Array(rest))
            return true
        }
    }

    func passResponse(to head: FaultProxyHead, flippedByte position: Int) throws -> Ending {
        try passRequest(head)
        let response = try receiveHead()
        guard let server else { throw SocketError.ended }
        try client.write(response.bytes)
        var passed = 0
        _ = try server.readBody(response.responseFraming(toMethod: head.method)) { piece in
            var bytes = piece.bytes
            if piece.isContent {
                if (passed..<passed + bytes.count).contains(position) { bytes[position - passed] ^= 1 }
                passed += bytes.count
            }
            try client.write(bytes)
            return true
        }
        return ending(after: response, to: head)
    }

    func passSpoiledResponse(to head: FaultProxyHead, isGarbled: Bool) throws -> Ending {
        try passRequest(head)
        let response = try receiveHead()
        let framing = response.responseFraming(toMethod: head.method)
        guard response.isXML, framing != .none else {
            var bytes = response.bytes
            if isGarbled {
                // HTTQ: what follows is no answer at all.
                bytes[3] += 1
                try client.write(bytes)
            } else {
                try client.write(Array(bytes.prefix(bytes.count / 2)))
            }
            // Not a reset, which could take back what was written.
            return .closed
        }
        let document = try readDocument(framing)
        let spoiled = isGarbled ? Self.garbled(document) : Array(document.prefix(document.count / 2))
        var lines = [response.startLine]
        for field in response.fields where !["content-length", "transfer-encoding"].contains(field.name) {
            lines.append("\(field.name): \(field.value)")
        }
        lines.append("content-length: \(spoiled.count)")
        try client.write(Array("\(lines.joined(separator: "\r\n"))\r\n\r\n".utf8) + spoiled)
        return ending(after: response, to: head)
    }

    /// The content of the server's answer, its framing undone.
    private func readDocument(_ framing: BodyFraming) throws -> [UInt8] {
        guard let server else { throw SocketError.ended }
        var document: [UInt8] = []
        _ = try server.readBody(framing) { piece in
            if piece.isContent { document += piece.bytes }
            guard document.count <= Self.maxSpoiledByteCount else { throw SocketError("a document too long", 0) }
            return true
        }
        return document
    }

    /// The document with opening brackets strewn over it.
    private static func garbled(_ document: [UInt8]) -> [UInt8] {
        var bytes = document
        for index in stride(from: bytes.count / 3, to: bytes.count, by: 7) {
            bytes[index] = UInt8(ascii: "<")
        }
        return bytes
    }

    // MARK: - Twice

    /// Has the server do a request two times over; the body is kept in a file in between.
    func passTwice(_ head: FaultProxyHead) throws -> Ending {
        guard let file = tmpfile() else { throw SocketError("tmpfile", errno) }
        defer { fclose(file) }
        try answerExpectation(of: head)
        _ = try client.readBody(head.requestFraming) { piece in
            guard fwrite(piece.bytes, 1, piece.bytes.count, file) == piece.bytes.count else {
                throw SocketError("fwrite", errno)
            }
            return true
        }
        try send(head, bodyFrom: file)
        // A server that closes after its answer takes no other request, however long it keeps the connection open.
        if try receiveResponse(to: head, { _ in true }) != .goesOn { closeServer() }
        try send(head, bodyFrom: file)
        return try passResponse(to: head)
    }

    private func send(_ head: FaultProxyHead, bodyFrom file: UnsafeMutablePointer<FILE>) throws {
        let server = try openServer()
        try server.write(head.bytes)
        rewind(file)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return }
            try server.write(Array(buffer[..<count]))
        }
    }
}
