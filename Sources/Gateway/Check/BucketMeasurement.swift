/// What is measured of a bucket once there is a way into it, in the order in which it is done and told.
enum BucketMeasurement: String, CaseIterable, Sendable {
    case checksums
    case payloadHash = "payload hash"
    case contentMD5 = "Content-MD5"
    case trailer
    case entityTags = "entity tags"
    case conditions
    case partRules = "parts"
    case secondCompletion = "second complete"
    case openUploads = "open uploads"
    case listing
    case batchDeletion = "batch deletion"
    case metadata
    case privacy
    case range
    case responseHeaders = "URL headers"
    case crossOrigin = "CORS"

    /// How long it may take.
    var limit: Duration {
        // The one that sends more than a few bytes.
        self == .partRules ? .seconds(180) : .seconds(30)
    }

    /// Measures; throws where the storage gives no answer, or none that tells anything.
    func lines(of probe: BucketProbe) async throws -> [CheckLine] {
        switch self {
        case .checksums: [try await probe.checksumHeader()]
        case .payloadHash: [try await probe.payloadHash()]
        case .contentMD5: [try await probe.contentMD5()]
        case .trailer: [try await probe.trailer()]
        case .entityTags: [try await probe.entityTags()]
        case .conditions: [try await probe.conditions()]
        case .partRules: try await probe.partRules()
        case .secondCompletion: [try await probe.secondCompletion()]
        case .openUploads: [try await probe.openUploads()]
        case .listing: [try await probe.listing()]
        case .batchDeletion: [try await probe.batchDeletion()]
        case .metadata: [try await probe.metadata()]
        case .privacy: [try await probe.privacy()]
        case .range: [try await probe.range()]
        case .responseHeaders: [try await probe.responseHeaders()]
        case .crossOrigin: [try await probe.crossOrigin()]
        }
    }
}
