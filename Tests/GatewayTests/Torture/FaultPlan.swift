import Synchronization
import TestSupport

/// Lets every tenth call of the storage fail, in each of the ways there are in turn.
final class FaultPlan: Sendable {
    private enum Kind: CaseIterable {
        // First those that suit few calls, so that they get their turn when one comes.
        case errorInside200, emptyBody200, lostReply, duplicate, truncated, garbled, flippedByte
        case resetRequest, resetResponse, internalError, earlyInternalError, slowDown, refused, drip, stall
    }

    private static let answeredInXML: Set<String> = [
        "CreateMultipartUpload", "CompleteMultipartUpload", "ListParts", "ListMultipartUploads", "ListObjectsV2",
        "DeleteObjects",
    ]

    /// The kinds in the order of their turns.
    private let kinds = Mutex(Kind.allCases)

    func fault(for request: ProxiedRequest) -> Fault {
        guard request.number % 10 == 9 else { return .none }
        let kind = kinds.withLock { kinds -> Kind? in
            guard let index = kinds.firstIndex(where: { Self.suits($0, request.operation) }) else { return nil }
            let kind = kinds.remove(at: index)
            kinds.append(kind)
            return kind
        }
        guard let kind else { return .none }
        return Self.fault(kind, request)
    }

    private static func suits(_ kind: Kind, _ operation: String) -> Bool {
        switch kind {
        // A bare 200 is the whole answer to other calls: there it would be a lie, and no fault that S3 knows.
        case .errorInside200, .emptyBody200: answeredInXML.contains(operation)
        case .flippedByte: operation == "PutObject" || operation == "UploadPart"
        // Nothing tells the client of an upload that a proxy has opened on its own account.
        case .duplicate: operation != "CreateMultipartUpload"
        // Putting parts together may be silent for minutes: giving that up would take the test as long.
        case .stall: operation != "CompleteMultipartUpload"
        default: true
        }
    }

    private static func fault(_ kind: Kind, _ request: ProxiedRequest) -> Fault {
        switch kind {
        case .errorInside200: .errorInside200
        case .emptyBody200: .emptyBody200
        case .lostReply: .loseReply
        case .duplicate: .duplicateReply
        case .truncated: .truncateResponse
        case .garbled: .garbleResponse
        case .flippedByte: .flipRequestByte(at: Int.random(in: 0..<500))
        case .resetRequest: .resetRequest(afterBytes: Int.random(in: 0...(request.contentLength ?? 0)))
        case .resetResponse: .resetResponse(afterBytes: 20)
        case .internalError: .status(500, code: "InternalError")
        case .earlyInternalError: .status(500, code: "InternalError", readsBody: false)
        case .slowDown: .status(503, code: "SlowDown", retryAfter: 1)
        case .refused: .refuse
        case .drip: .drip()
        case .stall: .stall
        }
    }
}
