/// What a `FaultProxy` does to a request or to its answer.
package enum Fault: Sendable {
    /// Nothing: both pass as they are.
    case none
    /// The connection is reset as soon as the head is there; the server sees nothing.
    case refuse
    /// Head and so many bytes of the body are passed on, then both connections are reset.
    ///
    /// The server may act on a request that was passed on whole.
    case resetRequest(afterBytes: Int)
    /// The server answers, and after so many bytes of that, its head included, the client's connection is reset.
    case resetResponse(afterBytes: Int)
    /// Nothing is read or said any more until the client gives up or the proxy is stopped.
    case stall
    /// The answer comes a few bytes at a time; after a hundred such pieces the rest comes at once.
    case drip(byteCount: Int = 5, pause: Duration = .milliseconds(20))
    /// The proxy answers by itself with an error document, before the body or after it.
    ///
    /// `retryAfter` is in seconds.
    case status(Int, code: String, retryAfter: Int? = nil, readsBody: Bool = true)
    /// The server's answer is cut off: its XML in the middle, in whole HTTP; any other answer with its connection.
    case truncateResponse
    /// The server's answer is spoiled: its XML is no XML any more; any other answer is not HTTP any more.
    case garbleResponse
    /// The proxy answers by itself with an error document under a 200.
    case errorInside200
    /// The proxy answers by itself with a 200 that has no body.
    case emptyBody200
    /// The server is given the request twice, one after the other; the second answer is passed on.
    case duplicateReply
    /// The server is given the request, and its answer is dropped with a reset.
    case loseReply
    /// One bit of this byte of the body, counted from 0, is another when it reaches the server.
    case flipRequestByte(at: Int)
    /// One bit of this byte of the answer's body, counted from 0, is another when it reaches the client.
    case flipResponseByte(at: Int)
    /// The request reaches the server without the header of that name, as if the server did not know it.
    ///
    /// A server that checks signatures refuses a request that lacks one of the signed headers.
    case omitHeader(String)

    /// The case's name, by which faults are counted.
    package var name: String {
        switch self {
        case .none: "none"
        case .refuse: "refuse"
        case .resetRequest: "resetRequest"
        case .resetResponse: "resetResponse"
        case .stall: "stall"
        case .drip: "drip"
        case .status(let status, _, _, let readsBody): readsBody ? "status\(status)" : "status\(status)Early"
        case .truncateResponse: "truncateResponse"
        case .garbleResponse: "garbleResponse"
        case .errorInside200: "errorInside200"
        case .emptyBody200: "emptyBody200"
        case .duplicateReply: "duplicateReply"
        case .loseReply: "loseReply"
        case .flipRequestByte: "flipRequestByte"
        case .flipResponseByte: "flipResponseByte"
        case .omitHeader: "omitHeader"
        }
    }
}

/// What has passed through a `FaultProxy`.
package struct FaultProxyCounts: Sendable {
    /// All requests.
    package private(set) var requestCount = 0
    /// Requests by operation.
    package private(set) var operations: [String: Int] = [:]
    /// Faults by name; requests that passed as they were are not among them.
    package private(set) var faults: [String: Int] = [:]

    /// Nothing has passed.
    package init() {}

    /// All faults.
    package var faultCount: Int { faults.values.reduce(0, +) }

    /// Counts a request; answers how many of its operation there were before.
    mutating func noteRequest(_ operation: String) -> Int {
        let earlier = operations[operation, default: 0]
        operations[operation] = earlier + 1
        requestCount += 1
        return earlier
    }

    mutating func note(_ fault: Fault) {
        if case .none = fault { return }
        faults[fault.name, default: 0] += 1
    }
}
