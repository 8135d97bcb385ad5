import GRDB

// A migration's source may be the storage itself, under the same key: such an object was never copied.
extension Database {
    /// Those of the keys whose object is the very file that a migration was to bring, of attachments that a scanner did not let pass.
    ///
    /// It stays for as long as the attachment is there: what the storage has is the source, and a finding may be wrong.
    func sourceKeys(among keys: [String]) throws -> Set<String> {
        guard !keys.isEmpty else { return [] }
        let places = try rows(
            sql: """
                SELECT * FROM old_place
                WHERE object_key IN (SELECT value FROM json_each(?)) AND state = 'replaced' AND EXISTS (
                    SELECT 1 FROM attachment
                    WHERE attachment.id = old_place.attachment_id AND attachment.hold = 'infected'
                )
                """,
            arguments: [try keyList(keys)]
        )
        .map { row in try OldPlace(row: row) }
        guard !places.isEmpty else { return [] }
        let storage = try meta(.storage)
        return Set(places.filter { $0.mayBeItself(in: storage) }.map(\.objectKey))
    }
}

extension OldPlace {
    /// Whether the place may be that of the object in the storage: a bucket of the same name has it under the same key.
    ///
    /// Where the identity of the storage is not known (nil), any bucket may be it, and the key alone is compared; a directory never is. The
    /// server's name does not count, for it may have several: better an object stays that is a copy than that one goes that is none.
    fileprivate func mayBeItself(in storage: String?) -> Bool {
        guard let place = Self.bucketPath(store) else { return false }
        let path = "\(place)/\(location)"
        if let storage, let bucket = Self.bucketPath(storage) {
            return path.utf8.elementsEqual("\(bucket)/\(objectKey)".utf8)
        }
        return path.drop { $0 != "/" }.utf8.elementsEqual("/\(objectKey)".utf8)
    }

    /// The bucket of an identity and the prefix in it, as `chat/old`; nil for a directory.
    private static func bucketPath(_ identity: String) -> Substring? {
        guard identity.hasPrefix("s3:"), let scheme = identity.firstRange(of: "://") else { return nil }
        let rest = identity[scheme.upperBound...]
        return rest.firstIndex(of: "/").map { rest[rest.index(after: $0)...] }
    }
}
