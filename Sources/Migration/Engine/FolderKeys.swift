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
/// The objects that are tried have the same names each time for a journal: what a death leaves of them is written over.
struct FolderProbe {
    let target: S3Client
    /// The journal's name.
    let name: String

    private static let content = "satchel storage migrate\n"
    private static let type = "text/plain"

    /// Whether both are there as they were stored, in either order; the objects are removed again, where that is allowed.
    ///
    /// Throws `targetForbidden` or `targetUnavailable` where that cannot be found out.
    func holdsBoth() async throws(MigrationError) -> Bool {
        let place = ".satchel-check/folder-\(name)"
        var holds = false
        var failure: S3Error?
        do throws(S3Error) {
            holds = try await keeps(["\(place)-1", "\(place)-1/x"])
            if holds { holds = try await keeps(["\(place)-2/x", "\(place)-2"]) }
        } catch {
            failure = error
        }
        for key in ["\(place)-1/x", "\(place)-1", "\(place)-2/x", "\(place)-2"] {
            // Not every key may delete; these are a few bytes.
            try? await target.deleteObject(key: key)
        }
        guard let failure else { return holds }
        guard failure.code != .accessDenied, !failure.isUnavailable else {
            throw MigrationError(target: failure, place)
        }
        return false
    }

    private func keeps(_ keys: [String]) async throws(S3Error) -> Bool {
        for (index, key) in keys.enumerated() {
            // One that refuses the second may do so as if it were out of order, and is not to be waited for.
            let client = index == 0 ? target : target.patient(for: .zero)
            do throws(S3Error) {
                _ = try await client.putObject(
                    key: key,
                    body: .bytes(ByteBuffer(string: Self.content)),
                    contentType: Self.type
                )
            } catch {
                guard index > 0, error.code != .accessDenied else { throw error }
                return false
            }
        }
        for key in keys {
            do throws(S3Error) {
                let head = try await target.headObject(key: key)
                guard head.byteCount == Int64(Self.content.utf8.count), head.contentType == Self.type else {
                    return false
                }
            } catch {
                guard error.isNotFound else { throw error }
                return false
            }
            // One that a folder was made of may be listed with a slash at its end, or not at all.
            let listed = try await target.listObjects(prefix: key)
            guard listed.contains(where: { $0.key.utf8.elementsEqual(key.utf8) }) else { return false }
        }
        return true
    }
}
