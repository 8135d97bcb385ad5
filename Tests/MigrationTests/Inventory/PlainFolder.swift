import Catalog
import Foundation
import Migration
import NIOCore

/// Swift Testing has an `Attachment` of its own; files that import both say it with this name.
typealias InventoryAttachment = Attachment

/// A directory as the inventories ask for one, in a few lines, so that what they find hangs on nothing else.
struct PlainFolder: ObjectStore {
    let path: String
    /// Locations of files that are there and cannot be read: tests run as a user who may read everything.
    var unreadable: Set<String> = []

    var identity: String { "directory:\(path)" }

    func list(_ body: ([StoredObject]) async throws -> Void) async throws {
        var page: [StoredObject] = []
        for location in try FileManager.default.subpathsOfDirectory(atPath: path).sorted() {
            if let object = try await head(location) { page.append(object) }
        }
        // Two pages where there is more than one file.
        try await body(Array(page.prefix(1)))
        try await body(Array(page.dropFirst()))
    }

    func head(_ location: String) async throws -> StoredObject? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(location)"),
            attributes[.type] as? FileAttributeType == .typeRegular
        else { return nil }
        return StoredObject(
            location: location,
            byteCount: attributes[.size] as? Int64 ?? 0,
            modifiedAt: attributes[.modificationDate] as? Date
        )
    }

    func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {
        if unreadable.contains(location) {
            throw MigrationError(.sourceUnreadable, "\(location): permission denied")
        }
        guard let data = FileManager.default.contents(atPath: "\(path)/\(location)") else {
            throw MigrationError(.sourceMissing, "\(location) is not there")
        }
        var rest = data.dropFirst(Int(offset))
        while !rest.isEmpty {
            try await body(ByteBuffer(bytes: rest.prefix(1000)))
            rest = rest.dropFirst(1000)
        }
    }

    func delete(_ location: String) async throws {
        throw MigrationError(.sourceUnreadable, "an inventory deletes nothing")
    }
}

/// Beginnings of files that tell what they are.
enum SampleBytes {
    /// A PNG of 3 by 2 pixels: signature and IHDR (RFC 2083).
    static let png: [UInt8] = [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 3, 0, 0, 0, 2, 8,
        2, 0,
        0, 0, 0x12, 0x16, 0xF1, 0x4D,
    ]
    /// A JPEG of 320 by 180 pixels up to its frame header (ITU-T T.81).
    static let jpeg: [UInt8] =
        [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]
        + [0xFF, 0xC0, 0, 17, 8, 0, 180, 0x01, 0x40, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
    /// An MP4's first box (ISO/IEC 14496-12), padded to 64 bytes.
    static let mp4: [UInt8] =
        [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isommp41".utf8) + Array(repeating: 0, count: 40)
}

/// Everything that an inventory hands out, in one piece.
func all(of inventory: any MigrationInventory) async throws -> InventoryBatch {
    var whole = InventoryBatch()
    try await inventory.read { batch in
        whole.conversations += batch.conversations
        whole.messages += batch.messages
        whole.attachments += batch.attachments
        whole.items += batch.items
        whole.complaints += batch.complaints
    }
    return whole
}

/// The error that the call throws; nil when it throws none.
func migrationError(_ call: () async throws -> Void) async throws -> MigrationError? {
    do {
        try await call()
        return nil
    } catch let error as MigrationError {
        return error
    }
}
