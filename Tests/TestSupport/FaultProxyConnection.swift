/// One client's connection through a `FaultProxy`, and the connection to the server that goes with it.
///
/// Not Sendable: it belongs to its thread.
final class FaultProxyConnection {
    enum Ending {
        case goesOn
        case closed
        case reset
    }

    let proxy: FaultProxy
    let client: FaultProxySocket
    private(set) var server: FaultProxySocket?

    init(proxy: FaultProxy, client: FaultProxySocket) {
        self.proxy = proxy
        self.client = client
    }

    /// Serves requests until one of the two sides ends, or a fault does.
    func run() {
        var ending = Ending.goesOn
        while ending == .goesOn {
            do {
                ending = try serveRequest()
            } catch {
                // One side has gone: the other shall notice.
                ending = .reset
            }
        }
        client.close(isReset: ending == .reset)
        server?.close()
    }

    private func serveRequest() throws -> Ending {
        guard let bytes = try client.readHead() else { return .closed }
        let head = try FaultProxyHead(bytes)
        switch proxy.fault(for: head) {
        case .none:
            try passRequest(head)
            return try passResponse(to: head)
        case .flipRequestByte(let position):
            try passRequest(head, flippedByte: position)
            return try passResponse(to: head)
        case .omitHeader(let name):
            let rest = try head.omitting(name)
            try passRequest(rest)
            return try passResponse(to: rest)
        case .refuse:
            return .reset
        case .resetRequest(let count):
            try passRequest(head, contentLimit: count)
            server?.close(isReset: true)
            return .reset
        case .resetResponse(let count):
            return try passBeginningOfResponse(to: head, byteCount: count)
        case .stall:
            return stall()
        case .drip(let byteCount, let pause):
            return try passResponseSlowly(to: head, byteCount: byteCount, pause: pause)
        case .status(let status, let code, let retryAfter, let readsBody):
            return try answerWithError(head, status: status, code: code, retryAfter: retryAfter, readsBody: readsBody)
        case .truncateResponse:
            return try passSpoiledResponse(to: head, isGarbled: false)
        case .flipResponseByte(let position):
            return try passResponse(to: head, flippedByte: position)
        case .garbleResponse:
            return try passSpoiledResponse(to: head, isGarbled: true)
        case .errorInside200:
            return try answerWithError(head, status: 200, code: "InternalError")
        case .emptyBody200:
            return try answer(head, status: 200, body: "")
        case .duplicateReply:
            return try passTwice(head)
        case .loseReply:
            try passRequest(head)
            _ = try receiveResponse(to: head) { _ in true }
            return .reset
        }
    }

    // MARK: - Passing on

    /// Passes a request on; false where it was cut off after so many bytes of its content.
    @discardableResult
    func passRequest(
        _ head: FaultProxyHead,
        contentLimit: Int? = nil,
        flippedByte: Int? = nil
    ) throws -> Bool {
        let server = try openServer()
        try answerExpectation(of: head)
        var isTaking = true
        // A server that has refused early reads no more, and its answer is still to come.
        func pass(_ bytes: [UInt8]) {
            guard isTaking else { return }
            do {
                try server.write(bytes)
            } catch {
                isTaking = false
            }
        }
        pass(head.bytes)
        var passed = 0
        return try client.readBody(head.requestFraming) { piece in
            guard piece.isContent else {
                pass(piece.bytes)
                return true
            }
            var bytes = piece.bytes
            if let flippedByte, flippedByte >= passed, flippedByte < passed + bytes.count {
                bytes[flippedByte - passed] ^= 1
            }
            if let contentLimit, passed + bytes.count > contentLimit {
                pass(Array(bytes.prefix(contentLimit - passed)))
                return false
            }
            passed += bytes.count
            pass(bytes)
            return true
        }
    }

    func passResponse(to head: FaultProxyHead) throws -> Ending {
        try receiveResponse(to: head) { bytes in
            try client.write(bytes)
            return true
        }
    }

    /// Hands the server's answer on as it comes, for as long as `take` answers true.
    func receiveResponse(to head: FaultProxyHead, _ take: ([UInt8]) throws -> Bool) throws -> Ending {
        let response = try receiveHead()
        let framing = response.responseFraming(toMethod: head.method)
        guard try take(response.bytes), try readResponseBody(framing, take) else { return .reset }
        return ending(after: response, to: head)
    }

    /// The head of the server's answer; interim ones (1xx) are passed over.
    func receiveHead() throws -> FaultProxyHead {
        while true {
            guard let bytes = try server?.readHead() else { throw SocketError.ended }
            let head = try FaultProxyHead(bytes)
            if head.status >= 200 { return head }
        }
    }

    func readResponseBody(_ framing: BodyFraming, _ take: ([UInt8]) throws -> Bool) throws -> Bool {
        guard let server else { throw SocketError.ended }
        return try server.readBody(framing) { piece in try take(piece.bytes) }
    }

    /// What becomes of the connections when an answer was passed on whole.
    func ending(after response: FaultProxyHead, to head: FaultProxyHead) -> Ending {
        guard !response.endsConnection, response.responseFraming(toMethod: head.method) != .untilEnd else {
            return .closed
        }
        return head.endsConnection ? .closed : .goesOn
    }

    /// The connection to the server, a new one where there is none or the server has closed it meanwhile.
    func openServer() throws -> FaultProxySocket {
        if let server, !server.hasInput { return server }
        server?.close()
        let opened = try proxy.connectToServer()
        server = opened
        return opened
    }

    func closeServer() {
        server?.close()
        server = nil
    }

    /// Lets a client that waits for it send its body (RFC 9110 section 10.1.1): the server's own word is passed over.
    func answerExpectation(of head: FaultProxyHead) throws {
        guard head.field("expect")?.lowercased() == "100-continue" else { return }
        try client.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }
}
