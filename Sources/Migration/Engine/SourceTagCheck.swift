import Attachments
import Synchronization

/// Holds what is read of an object against the source's entity tag, where that can be an MD5, or one of parts.
struct SourceTagCheck {
    /// The tag is of parts whose length is guessed.
    let isGuessed: Bool
    private let wanted: [UInt8]?
    /// Of parts; an MD5 of everything runs along with the object's other digests.
    private var function: PartedMD5?

    /// Of an object whose SHA-256 the inventory knows, the tag says nothing more.
    init(of object: StoredObject, _ item: MigrationItem) {
        let isKnown = item.sha256 != nil
        let parts = isKnown ? nil : GuessedParts(entityTag: object.entityTag, byteCount: object.byteCount)
        isGuessed = parts != nil
        wanted = isKnown ? nil : parts?.digest ?? EntityTag.md5(object.entityTag)
        function = (parts?.partByteCount).map { PartedMD5(partByteCount: $0) }
    }

    /// What the object's digest has to know beside its SHA-256.
    var algorithms: Set<DigestAlgorithm> { wanted != nil && !isGuessed ? [.md5] : [] }

    mutating func update(_ bytes: UnsafeRawBufferPointer) { function?.update(bytes) }

    /// Whether the tag is the MD5 of what was read, which the digest knows, or one of parts; nil where it can be none.
    func matches(_ digest: IngestDigest) -> Bool? {
        wanted.map { (function?.finalize() ?? digest.digest(by: .md5)) == $0 }
    }
}

/// Whether a source's entity tags are MD5s, as far as what was read has shown.
///
/// With encryption by a managed key, and on some servers, they look like it and are not: only a match tells that they are. Of those whose
/// parts are guessed a match tells nothing of the others, which another program may have sent.
final class SourceTagRule: Sendable {
    /// So many objects that differ from their tags, and are the same when read again, are none by damage.
    private static let opaqueLimit = 3
    /// Of so many objects whose guess was right one may be read twice for a wrong one, which are large; and the first.
    private static let guessesEach = 10

    private struct State {
        var matches = 0
        var differences = 0
    }

    private let areGuessed: Bool
    private let state = Mutex(State())

    init(areGuessed: Bool = false) {
        self.areGuessed = areGuessed
    }

    /// A tag that differs from what was read may tell of damage.
    var isTelling: Bool {
        state.withLock { state in
            areGuessed
                ? state.differences * Self.guessesEach <= state.matches
                : state.matches > 0 || state.differences < Self.opaqueLimit
        }
    }

    /// One was the MD5 of what was read.
    var isProven: Bool { state.withLock { $0.matches > 0 } }

    func noteMatch() { state.withLock { $0.matches += 1 } }
    /// An object differs from its tag, and is the same when it is read again.
    func noteDifference() { state.withLock { $0.differences += 1 } }
}

extension ObjectMove {
    /// Reads the object again where its entity tag is not the MD5 of what was read: damage on the way is not the same twice.
    ///
    /// Throws a transient `sourceUnreadable` where other bytes come.
    func confirmRead(
        _ check: SourceTagCheck,
        _ digest: IngestDigest,
        of object: StoredObject,
        sha256: String
    ) async throws {
        guard let isMatch = check.matches(digest) else { return }
        let rule = check.isGuessed ? context.sourcePartTags : context.sourceTags
        guard !isMatch else { return rule.noteMatch() }
        guard rule.isTelling else { return }
        try await compareRead(of: object, sha256: sha256)
        rule.noteDifference()
    }

    /// Reads the object once more; throws as `confirmRead` where other bytes come.
    func compareRead(of object: StoredObject, sha256: String) async throws {
        let (found, again) = try await digestInSource { _ in }
        guard found.version == object.version else {
            throw MigrationError(.sourceChanged, "\(object.location) changed while it was read", isTransient: true)
        }
        guard again == sha256 else {
            throw MigrationError(
                .sourceUnreadable,
                "\(object.location) came with the SHA-256 \(sha256), and with \(again) when it was read again: one is damaged",
                isTransient: true
            )
        }
    }
}
