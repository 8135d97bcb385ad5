import Crypto
import Synchronization

/// Holds what is read of an object against the source's entity tag, where that can be an MD5.
struct SourceTagCheck {
    private let wanted: [UInt8]?
    private var function = Insecure.MD5()

    /// Of an object whose SHA-256 the inventory knows, the tag says nothing more.
    init(of object: StoredObject, _ item: MigrationItem) {
        wanted = item.sha256 == nil ? EntityTag.md5(object.entityTag) : nil
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard wanted != nil else { return }
        function.update(bufferPointer: bytes)
    }

    /// Whether the tag is the MD5 of what was read; nil where it can be none.
    func matches() -> Bool? { wanted.map { Array(function.finalize()) == $0 } }
}

/// Whether a source's entity tags are MD5s, as far as what was read has shown.
///
/// With encryption by a managed key, and on some servers, they look like it and are not: only a match tells that they are.
final class SourceTagRule: Sendable {
    /// So many objects that differ from their tags, and are the same when read again, are none by damage.
    private static let opaqueLimit = 3

    private struct State {
        var hasMatched = false
        var differences = 0
    }

    private let state = Mutex(State())

    /// A tag that differs from what was read may tell of damage.
    var isTelling: Bool { state.withLock { $0.hasMatched || $0.differences < Self.opaqueLimit } }

    func noteMatch() { state.withLock { $0.hasMatched = true } }
    /// An object differs from its tag, and is the same when it is read again.
    func noteDifference() { state.withLock { $0.differences += 1 } }
}

// What the source gave, before it counts as what the source has.
extension ObjectMove {
    /// Reads the object again where its entity tag is not the MD5 of what was read: damage on the way is not the same twice.
    ///
    /// Throws a transient `sourceUnreadable` where other bytes come.
    func confirmRead(_ check: SourceTagCheck, of object: StoredObject, sha256: String) async throws {
        guard let isMatch = check.matches() else { return }
        guard !isMatch else { return context.sourceTags.noteMatch() }
        guard context.sourceTags.isTelling else { return }
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
        context.sourceTags.noteDifference()
    }
}
