import Attachments
import Logging
import NIOCore
import S3

/// Keys that are the folders of others, as `a` is of `a/b`, in a target that may not hold both.
///
/// S3 does. A storage that keeps objects as files refuses the one that comes second, or makes a folder of the first, which then is
/// gone from its lists. So nothing is left to it: what the target cannot hold is not sent, and is a conflict. Where neither
/// object is there yet, the folder's is the one that stays away.
actor FolderKeys {
    /// What follows the key in the words of such a conflict.
    static let advice =
        " cannot be stored: a key is the folder of another here, as \"a\" is of \"a/b\", and the target keeps objects as files. "
        + "Nothing was overwritten, and the source has it: take a storage that holds both, or another prefix for one of them"

    private let context: MoveContext
    private var holdsBoth: Bool?

    init(_ context: MoveContext) {
        self.context = context
    }

    /// The keys that have to be folders for a key to be a file: of `a/b/c` it is `a` and `a/b`.
    static func folders(of key: String) -> [String] {
        key.utf8.indices.filter { key.utf8[$0] == UInt8(ascii: "/") }.map { String(key[..<$0]) }.filter { !$0.isEmpty }
    }

    /// Looks through the journal.
    func settle() async throws {
        guard try await context.journal.hasFolders(), try await !targetHoldsBoth() else { return }
        tell(try await context.journal.noteFolders())
    }

    /// Looks at keys that the target has.
    func consider(_ keys: [String]) async throws {
        let met = try await context.journal.folders(meeting: keys)
        guard !met.isEmpty, try await !targetHoldsBoth() else { return }
        tell(try await context.journal.noteFolders(meeting: met))
    }

    private func tell(_ count: Int) {
        context.logger.warning(
            "The target keeps objects as files: those whose keys are folders of others are not sent",
            metadata: ["objects": "\(count)"]
        )
    }

    private func targetHoldsBoth() async throws -> Bool {
        if let holdsBoth { return holdsBoth }
        let found = try await FolderProbe(target: context.client, name: context.journal.name).holdsBoth()
        holdsBoth = found
        return found
    }
}

/// Finds out whether a storage can have an object whose key is the folder of another's.
///
/// The objects that are tried have the same names each time for a journal: what a death leaves of them is written over, or swept up.
struct FolderProbe {
    let target: S3Client
    /// The journal's name.
    let name: String

    private static let content = "satchel storage migrate\n"
    private static let type = "text/plain"

    private var place: String { "\(ObjectKey.trialPrefix)folder-\(name)" }

    /// Whether both are there as they were stored, in either order; the objects are removed again, where that is allowed.
    ///
    /// Throws `MigrationError` or `CancellationError` where that cannot be found out: nothing may be taken for a conflict then, for
    /// it would stay one.
    func holdsBoth() async throws -> Bool {
        let found: Result<Bool, any Error>
        do {
            found = .success(try await holdsEither())
        } catch {
            found = .failure(error)
        }
        // In a task of its own: also what a run stored that is cancelled goes.
        await Task { await clear() }.value
        return try found.get()
    }

    private func holdsEither() async throws -> Bool {
        guard try await keeps("\(place)-1", then: "\(place)-1/x") else { return false }
        return try await keeps("\(place)-2/x", then: "\(place)-2")
    }

    private func clear() async {
        for key in ["\(place)-1/x", "\(place)-1", "\(place)-2/x", "\(place)-2", "\(place)-3"] {
            // Not every key may delete; these are a few bytes.
            try? await target.deleteObject(key: key)
        }
    }

    private func keeps(_ first: String, then second: String) async throws -> Bool {
        do throws(S3Error) {
            try await put(first, with: target)
        } catch {
            // A death may have left something of the pair.
            guard error.isForAFolder else { throw failure(error, first) }
            return false
        }
        guard try await takes(second), try await isWhole(first) else { return false }
        return try await isWhole(second)
    }

    /// Whether the second of a pair is taken, too.
    ///
    /// A server may refuse it as if it were out of order, which is not to be waited for; another object tells whether it is.
    private func takes(_ key: String) async throws -> Bool {
        for _ in 0..<2 {
            do throws(S3Error) {
                try await put(key, with: target.patient(for: .zero))
                return true
            } catch {
                guard error.code != .accessDenied, !Task.isCancelled else { throw failure(error, key) }
                guard error.isUnavailable else { return false }
            }
            do throws(S3Error) {
                try await put("\(place)-3", with: target)
            } catch {
                throw failure(error, key)
            }
        }
        return false
    }

    private func put(_ key: String, with client: S3Client) async throws(S3Error) {
        _ = try await client.putObject(
            key: key,
            body: .bytes(ByteBuffer(string: Self.content)),
            contentType: Self.type
        )
    }

    private func isWhole(_ key: String) async throws -> Bool {
        do throws(S3Error) {
            let head = try await target.headObject(key: key)
            guard head.byteCount == Int64(Self.content.utf8.count), head.contentType == Self.type else { return false }
            // One that a folder was made of may be listed with a slash at its end, or not at all.
            let listed = try await target.listObjects(prefix: key)
            return listed.contains { $0.key.utf8.elementsEqual(key.utf8) }
        } catch {
            guard error.isNotFound else { throw failure(error, key) }
            return false
        }
    }

    private func failure(_ error: S3Error, _ key: String) -> any Error {
        Task.isCancelled ? CancellationError() : MigrationError(target: error, key)
    }
}
