import Attachments
import NIOCore

/// A file of the source as far as an inventory looks at it.
struct SourceFile: Sendable {
    /// As the store lists it; the location may be another spelling of that asked for.
    var stored: StoredObject
    /// The first bytes, as many as the sniffer wants to see; nil where they could not be read.
    var prefix: [UInt8]?
    /// Why they could not.
    var failure: String?
}

extension ObjectStore {
    /// The file at the location, or under another spelling of its name; nil where there is none.
    ///
    /// A file that is there and cannot be read is told of in the value. Throws what may pass by itself, as when the store
    /// does not answer: that is no property of the file.
    func lookAt(_ location: String) async throws -> SourceFile? {
        var found: StoredObject?
        for spelling in MediaPath.spellings(location) {
            do {
                found = try await head(spelling)
            } catch let error as MigrationError {
                guard !error.isTransient else { throw error }
                let stored = StoredObject(location: spelling, byteCount: 0)
                return SourceFile(stored: stored, prefix: nil, failure: error.message)
            }
            if found != nil { break }
        }
        guard let found else { return nil }
        do {
            return SourceFile(stored: found, prefix: try await prefix(of: found))
        } catch let error as MigrationError {
            guard !error.isTransient else { throw error }
            return SourceFile(stored: found, prefix: nil, failure: error.message)
        }
    }

    /// Reads the first bytes and then has enough.
    private func prefix(of object: StoredObject) async throws -> [UInt8] {
        let wanted = Int(min(object.byteCount, Int64(MediaTypeSniffer.prefixByteCount)))
        guard wanted > 0 else { return [] }
        var bytes: [UInt8] = []
        do {
            try await read(object.location, from: 0) { chunk in
                bytes.append(contentsOf: chunk.readableBytesView.prefix(wanted - bytes.count))
                if bytes.count >= wanted { throw EnoughRead() }
            }
        } catch {
            // A store may wrap what its reader throws.
            guard bytes.count >= wanted else { throw error }
        }
        return bytes
    }
}

/// Ends the reading of an object whose beginning was all that was wanted.
private struct EnoughRead: Error {}
