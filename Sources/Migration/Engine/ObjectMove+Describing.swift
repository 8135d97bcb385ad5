import Logging
import S3

// With which headers an object is sent, and what is told of those that it cannot have.
extension ObjectMove {
    /// The headers of the object; what none can say is noted, for nobody would miss it before it is wanted.
    func headers(of object: StoredObject, prefix: [UInt8], sha256: String?) throws -> S3ObjectHeaders {
        let description = ObjectDescription(of: row.item, object, prefix: prefix, sha256: sha256, token: token)
        let remark = description.losses.isEmpty ? nil : description.losses.joined(separator: "; ")
        if remark != nil || row.remark != nil { try context.journal.noteRemark(row.id, remark) }
        if let remark { tell(remark) }
        return description.headers
    }

    /// Looks at what was stored where some of it may not have been kept.
    func noteMissing(_ headers: S3ObjectHeaders, of object: StoredObject) async throws {
        guard ObjectDescription.mayBeLost(headers, of: object) else { return }
        let head: S3ObjectHead
        do throws(S3Error) {
            head = try await context.client.headObject(key: key)
        } catch {
            throw MigrationError(target: error, key)
        }
        try noteMissing(headers, in: head, of: object)
    }

    /// Notes what the target has not kept.
    func noteMissing(
        _ headers: S3ObjectHeaders,
        in head: S3ObjectHead,
        of object: StoredObject
    ) throws(MigrationError) {
        let missing = ObjectDescription.missing(in: head, of: object, headers)
        guard !missing.isEmpty else { return }
        let remark = missing.joined(separator: "; ")
        try context.journal.noteFurtherRemark(row.id, remark)
        tell(remark)
    }

    /// Notes what the target has not kept of the object that an earlier attempt sent, which may have ended before it was noted.
    func noteMissing(inLeft head: S3ObjectHead, of object: StoredObject) throws(MigrationError) {
        let description = ObjectDescription(of: row.item, object, prefix: [], sha256: nil, token: token)
        try noteMissing(description.headers, in: head, of: object)
    }

    private func tell(_ remark: String) {
        context.logger.warning(
            "An object is stored without all that it had",
            metadata: ["location": "\(row.item.location)", "lacks": "\(remark)"]
        )
    }
}
