import Curl
import HTTPTypes
import NIOCore
import S3

/// The way into a bucket: how its name is spelled and which region signs, tried out rather than believed.
struct BucketAccess: Sendable {
    /// A spelling that works.
    struct Way: Sendable {
        let client: S3Client
        let settings: S3Configuration
    }

    /// What was found: the way, unless there is none, and the lines that tell of it.
    struct Finding: Sendable {
        let way: Way?
        let lines: [CheckLine]
    }

    private enum Entry: Sendable {
        case open(Way)
        /// Why not, and the region that the storage named.
        case closed(String, region: String?)
    }

    let settings: S3Configuration
    let curl: CurlClient
    let traces: BucketTraces
    let deadline: ContinuousClock.Instant

    private static let name = "access"

    /// Tries the spelling of the configuration, then the other one.
    func find() async -> Finding {
        let configured = settings.addressing
        let other: S3Addressing = configured == .path ? .virtualHost : .path
        let entry = await enter(by: configured)
        let refusal: String
        let region: String?
        switch entry {
        case .open(let way):
            let also = await reading(by: other, region: way.settings.region)
            let detail = "\(configured.rawValue) works; \(other.rawValue) \(also)"
            let line = CheckLine.good("addressing", detail, setting: Self.suggestion(way.settings.addressing))
            return Finding(way: way, lines: [line, regionLine(way.settings.region)])
        case .closed(let why, let named):
            refusal = why
            region = named
        }
        switch await enter(by: other) {
        case .open(let way):
            let detail = "\(other.rawValue) works; \(configured.rawValue) does not: \(refusal)"
            let line = CheckLine.bad("addressing", detail, setting: Self.suggestion(other))
            return Finding(way: way, lines: [line, regionLine(way.settings.region)])
        case .closed(let why, let named):
            let detail = "\(configured.rawValue) does not work: \(refusal); \(other.rawValue) does not: \(why)"
            var lines = [CheckLine.bad("addressing", detail)]
            if let region = region ?? named, region != settings.region { lines.append(regionLine(region)) }
            lines.append(.bad("bucket", "nothing else is measured, for an object can be neither stored nor read"))
            return Finding(way: nil, lines: lines)
        }
    }

    /// Stores an object and reads it back; where the storage names another region, once more with that.
    private func enter(by addressing: S3Addressing) async -> Entry {
        let first = await enter(by: addressing, region: settings.region)
        guard case .closed(_, let region?) = first, region != settings.region else { return first }
        let second = await enter(by: addressing, region: region)
        if case .open = second { return second }
        return first
    }

    private func enter(by addressing: S3Addressing, region: String) async -> Entry {
        do {
            let way = try self.way(by: addressing, region: region)
            var trial = S3Trial("PutObject", .put, key: traces.key(Self.name))
            trial.body = BucketProbe.content
            let stored = try await way.client.perform(trial)
            guard stored.isSuccess else {
                return .closed("\(StorageFault(stored.error))", region: stored.bucketRegion)
            }
            let read = try await way.client.perform(S3Trial("GetObject", .get, key: traces.key(Self.name)))
            guard read.isSuccess else { return .closed("\(StorageFault(read.error))", region: nil) }
            guard read.body == BucketProbe.content else {
                return .closed("it gives back other bytes than it was given; is something in between?", region: nil)
            }
            return .open(way)
        } catch {
            return .closed("\(StorageFault(error))", region: nil)
        }
    }

    /// Whether the object that is there is found by another spelling.
    ///
    /// It is only read: a server that takes the first part of the key for the bucket may make one for a PUT.
    private func reading(by addressing: S3Addressing, region: String) async -> String {
        do {
            let way = try self.way(by: addressing, region: region)
            let read = try await way.client.perform(S3Trial("GetObject", .get, key: traces.key(Self.name)))
            guard read.isSuccess else { return "does not: \(read.error.code.text)" }
            return read.body == BucketProbe.content ? "works too" : "does not: it gives back other bytes"
        } catch {
            guard let error = error as? S3Error else { return "is not possible: \(error)" }
            return "does not: \(error.code.text)"
        }
    }

    private func way(by addressing: S3Addressing, region: String) throws -> Way {
        var settings = settings
        settings.addressing = addressing
        settings.region = region
        try settings.validate()
        return Way(client: S3Client(configuration: settings, curl: curl).until(deadline), settings: settings)
    }

    private func regionLine(_ region: String) -> CheckLine {
        let setting = SuggestedSetting(.s3Region, region)
        guard region == settings.region else {
            let detail = "requests are signed for \(settings.region), the bucket is in \(region)"
            return .bad("region", detail, setting: setting)
        }
        return .good("region", "signatures for \(region) are taken", setting: setting)
    }

    private static func suggestion(_ addressing: S3Addressing) -> SuggestedSetting {
        SuggestedSetting(.s3Addressing, addressing.rawValue)
    }
}
