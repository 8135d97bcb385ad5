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
    func noteEmptied(_ headers: S3ObjectHeaders) async throws {
        guard headers.metadata.contains(where: { $0.value.isEmpty }) else { return }
        let head: S3ObjectHead
        do throws(S3Error) {
            head = try await context.client.headObject(key: key)
        } catch {
            throw MigrationError(target: error, key)
        }
        try noteEmptied(headers, in: head)
    }

    /// Notes metadata without a value that the target has not kept.
    func noteEmptied(_ headers: S3ObjectHeaders, in head: S3ObjectHead) throws(MigrationError) {
        let names = headers.metadata.filter { $0.value.isEmpty && head.metadata[$0.name] == nil }.map(\.name)
        guard !names.isEmpty else { return }
        let remark = "the target keeps no metadata without a value: \(names.joined(separator: ", "))"
        try context.journal.noteFurtherRemark(row.id, remark)
        tell(remark)
    }

    private func tell(_ remark: String) {
        context.logger.warning(
            "An object is stored without all that it had",
            metadata: ["location": "\(row.item.location)", "lacks": "\(remark)"]
        )
    }
}
