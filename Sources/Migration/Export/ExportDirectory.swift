import Attachments
import Foundation
import NIOCore

/// The directory that an export is written to.
struct ExportDirectory: Sendable {
    /// What became of one file.
    struct Outcome: Sendable {
        let byteCount: Int64
        /// In lower-case hex.
        let sha256: String
        let isNew: Bool
        /// What the store said of the object.
        let object: StoredObject
    }

    let root: String

    /// Makes the directory where there is none; throws `invalidArgument` where it cannot be written to, `outputUnwritable`
    /// where that is the disk's fault.
    init(path: String) throws(MigrationError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            root = LocationText.text(try FileSystem.resolve(Array(path.utf8)))
        } catch {
            throw Self.failure(path, error, otherwise: .invalidArgument)
        }
        guard FileManager.default.isWritableFile(atPath: root) else {
            throw Self.failure(path, FileError(number: EACCES), otherwise: .invalidArgument)
        }
    }

    /// Why a file system cannot have a path; nil where it can.
    static func fault(in path: String) -> String? {
        guard LocationText.isBelowRoot(path) else { return "it has an empty step, a . or a .. in it, or a NUL" }
        let limit = ExportPath.nameLimit
        let isTooLong = path.utf8.split(separator: UInt8(ascii: "/")).contains { $0.count > limit }
        return isTooLong ? "a name in it has more than \(limit) bytes" : nil
    }

    /// Where a bare object goes; `isFolder` where other keys lie below its own.
    ///
    /// What an earlier export brought before there were such is put in its new place.
    func place(ofKey key: String, isFolder: Bool) -> String {
        let plain = ExportPath.path(of: key, isBesideFolder: false)
        let (old, kind) = (Array("\(root)/\(plain)".utf8), kind(of: plain))
        guard isFolder || kind == .directory else { return plain }
        let path = ExportPath.path(of: key, isBesideFolder: true)
        // Where that cannot be, the file is brought anew, and what stands in the way is told of then.
        if kind == .regular, self.kind(of: path) == nil {
            try? FileSystem.rename(old, to: Array("\(root)/\(path)".utf8))
        }
        return path
    }

    /// Puts files of earlier exports into another place that stand where these keys have their folders now.
    func makeWay(forKeys keys: [String]) {
        // By bytes: to Swift other spellings of a text are the same.
        for folder in Set(keys.flatMap(FolderKeys.folders).map { Array($0.utf8) }) {
            _ = place(ofKey: String(decoding: folder, as: UTF8.self), isFolder: true)
        }
    }

    private func kind(of path: String) -> FileFacts.Kind? {
        try? FileSystem.facts(Array("\(root)/\(path)".utf8), followsLinks: false).kind
    }

    /// A name that every file system takes; the same each time, and not of two names the same for sure.
    static func fileName(_ name: String) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            let isUnsafe = scalar.value < 0x20 || scalar.value == 0x7F || scalar == "/" || scalar == "\\"
            safe.append(isUnsafe ? "_" : scalar)
        }
        let ending = Array(safe).lastIndex(of: ".").map { Array(safe)[$0...] } ?? []
        while String(safe).utf8.count > 200 {
            // The extension stays.
            safe = String.UnicodeScalarView(Array(safe).dropLast(ending.count + 1) + (ending.count <= 16 ? ending : []))
        }
        let text = String(safe)
        return ["", ".", ".."].contains(text) ? "_" : text
    }

    /// Brings one object to its path, unless the file there is it already.
    ///
    /// Throws `outputUnwritable` where no other file could be written either.
    func bring(
        _ location: String,
        from store: any ObjectStore,
        to path: String,
        sha256: String?
    ) async throws -> Outcome {
        if let fault = Self.fault(in: path) { throw MigrationError(.invalidArgument, "\(path): \(fault)") }
        if let kept = try await kept(location, from: store, at: path, sha256: sha256) { return kept }
        var digest = IngestDigest(hashesParts: false)
        var byteCount: Int64 = 0
        var found: StoredObject?
        do {
            let file = try NewFile(path: Array("\(root)/\(path)".utf8))
            try await store.fetch(location) { object in
                found = object
            } _: { chunk in
                byteCount += Int64(chunk.readableBytes)
                try chunk.withUnsafeReadableBytes { bytes in
                    digest.update(bytes)
                    try file.write(bytes)
                }
            }
            guard let object = found else { throw MigrationError(.sourceMissing, "\(location) is not there") }
            let read = digest.finish()
            guard sha256 == nil || sha256 == read else {
                throw MigrationError(
                    .digestMismatch,
                    "\(location) has the SHA-256 \(read), and \(sha256 ?? "") is recorded"
                )
            }
            try file.finish(modifiedAt: Self.time(of: object))
            return Outcome(byteCount: byteCount, sha256: read, isNew: true, object: object)
        } catch let error as FileError {
            throw Self.failure("\(root)/\(path)", error, otherwise: .invalidArgument)
        }
    }

    /// Why something cannot be written: `outputUnwritable` where nothing else can be either.
    private static func failure(
        _ path: String,
        _ error: any Error,
        otherwise code: MigrationError.Code
    ) -> MigrationError {
        let fault = LocalFault(path, error)
        return MigrationError(fault.isGeneral ? .outputUnwritable : code, fault.description)
    }

    /// The file that an earlier export left, where it has the length and the digest that it should.
    private func kept(
        _ location: String,
        from store: any ObjectStore,
        at path: String,
        sha256: String?
    ) async throws -> Outcome? {
        let full = "\(root)/\(path)"
        guard FileManager.default.fileExists(atPath: full) else { return nil }
        guard let object = try await store.head(location) else {
            throw MigrationError(.sourceMissing, "\(location) is not there")
        }
        let own = try DirectoryStore(path: root)
        guard let file = try await own.head(path), file.byteCount == object.byteCount else { return nil }
        var digest = IngestDigest(hashesParts: false)
        try await own.read(path, from: 0) { chunk in
            chunk.withUnsafeReadableBytes { digest.update($0) }
        }
        let found = digest.finish()
        if let sha256 {
            guard sha256 == found else { return nil }
        } else {
            // No digest to hold it against: the time must be the object's.
            guard let time = Self.time(of: object), let own = file.modifiedAt,
                abs(own.timeIntervalSince1970 - time) < 0.001
            else { return nil }
        }
        return Outcome(byteCount: file.byteCount, sha256: found, isNew: false, object: object)
    }

    /// The file's own time where a migration kept it, else that of the object.
    static func time(of object: StoredObject) -> Double? {
        object.metadata[ObjectDescription.timeName].flatMap { Double($0) } ?? object.modifiedAt?.timeIntervalSince1970
    }
}
