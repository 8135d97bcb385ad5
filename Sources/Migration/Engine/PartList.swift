import S3

/// The parts that an upload is to be completed with, some of which were sent by an earlier run.
///
/// A storage that confirmed checksums wants all of them in the completion, one that did not wants none. Where this run has
/// sent no part, only the attempt tells.
struct PartList {
    let parts: [S3Part]
    private let sent: Set<Int>

    init(_ parts: [S3Part], sent: Set<Int>) {
        self.parts = parts
        self.sent = sent
    }

    /// What to complete with, the likelier first.
    var attempts: [[S3Part]] {
        let without = parts.map { part in
            S3Part(number: part.number, etag: part.etag, byteCount: part.byteCount, proof: part.proof)
        }
        let own = parts.filter { sent.contains($0.number) }
        guard own.isEmpty else { return own.allSatisfy({ $0.crc32c != nil }) ? [parts] : [without] }
        return [parts, without]
    }

    /// Whether the storage says that it wants other parts than it was given.
    static func isRefused(_ error: S3Error) -> Bool {
        switch error.code {
        case .invalidRequest, .invalidPart, .invalidArgument, .malformedXML, .badDigest: true
        default: false
        }
    }
}
