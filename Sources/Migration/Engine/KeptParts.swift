import S3

/// The parts of an upload that was opened before: by a process that died, or in an attempt that failed.
///
/// A part that was on its way then may be taken in by the storage a moment after the upload was looked at. So it is looked at
/// once more, and not at once, before the first part is sent that was not there.
struct KeptParts {
    /// So long after the first look nothing of before is on its way any more: the bytes had all left the process.
    private static let settling = Duration.seconds(1)
    private let list: () async throws -> [S3Part]?
    private var parts: [Int: S3Part]
    /// Nil when there is no reason to look again.
    private var lookedAt: ContinuousClock.Instant?

    /// Nothing: the upload is a new one.
    init() {
        list = { nil }
        parts = [:]
    }

    /// Looks at the upload; nil where there is no such upload any more.
    init?(of uploadID: String, _ move: ObjectMove) async throws {
        list = { try await Self.parts(of: uploadID, move) }
        guard let found = try await list() else { return nil }
        parts = Self.byNumber(found)
        lookedAt = .now
    }

    /// The part of that number; nil where it has to be sent.
    mutating func part(_ number: Int) async throws -> S3Part? {
        if let part = parts[number] { return part }
        guard let time = lookedAt else { return nil }
        lookedAt = nil
        try await Task.sleep(until: time + Self.settling, clock: .continuous)
        if let found = try await list() { parts = Self.byNumber(found) }
        return parts[number]
    }

    private static func byNumber(_ parts: [S3Part]) -> [Int: S3Part] {
        Dictionary(parts.map { ($0.number, $0) }) { first, _ in first }
    }

    private static func parts(of uploadID: String, _ move: ObjectMove) async throws -> [S3Part]? {
        do throws(S3Error) {
            return try await move.context.client.listParts(key: move.key, uploadID: uploadID)
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }
}
