import Crypto
import FoundationEssentials
import HTTPTypes
import NIOCore

extension S3Client {
    private static let maxKeysPerDelete = 1000

    /// Deletes any number of objects, 1,000 a request (DeleteObjects); those that are not there count as deleted.
    ///
    /// Throws for the first key that was refused, after all batches before it were sent.
    package func deleteObjects(keys: [String]) async throws(S3Error) {
        try await deleteObjects(keys: keys) { (refused, count) throws(S3Error) in
            guard let first = refused.first else { return }
            throw S3Error(
                code: first.error.code,
                message: "\(refused.count) of \(count) objects were not deleted; \(first.key): \(first.error.message)",
                operation: first.error.operation
            )
        }
    }

    /// Deletes objects as `deleteObjects` does, and returns why single ones were refused, by their keys.
    ///
    /// Throws where a whole request failed; with the code `UnknownRefusal` where a refusal names none of the keys: nothing is known of any
    /// then.
    package func deleteEach(keys: [String]) async throws(S3Error) -> [String: S3Error] {
        let asked = Set(keys)
        var refusals: [String: S3Error] = [:]
        try await deleteObjects(keys: keys) { (refused, _) throws(S3Error) in
            for (key, error) in refused {
                guard asked.contains(key) else {
                    throw S3Error(
                        code: .other("UnknownRefusal"),
                        message: "\"\(key)\" was refused, and not to be deleted: \(error.code.text), \(error.message)",
                        operation: error.operation
                    )
                }
                refusals[key] = error
            }
        }
        return refusals
    }

    private typealias Refusals = [(key: String, error: S3Error)]

    private func deleteObjects(
        keys: [String],
        _ note: (Refusals, Int) throws(S3Error) -> Void
    ) async throws(S3Error) {
        guard !keys.contains("") else {
            throw S3Error(code: .invalidRequest, message: "an object's key is not empty", operation: "DeleteObjects")
        }
        var batch: [String] = []
        for key in keys {
            guard XMLText.canExpress(key) else {
                try await deleteObject(key: key)
                continue
            }
            batch.append(key)
            if batch.count == Self.maxKeysPerDelete {
                try note(try await deleteBatch(batch), batch.count)
                batch.removeAll()
            }
        }
        if !batch.isEmpty {
            try note(try await deleteBatch(batch), batch.count)
        }
    }

    /// Answers what was refused; an object that is not there was not.
    private func deleteBatch(_ keys: [String]) async throws(S3Error) -> Refusals {
        let body = ByteBuffer(string: Self.deletionDocument(keys))
        var call = S3Call("DeleteObjects", .post, .bucket)
        call.query = [(name: "delete", value: "")]
        // Required by AWS without another checksum, and by servers that know no other.
        call.headers = [
            (name: "content-md5", value: Self.md5(body)),
            (name: "content-type", value: "application/xml"),
        ]
        call.body = .bytes(body)
        call.expectedRoot = "DeleteResult"
        let answer = try await send(call)
        return (answer.document?.all("Error") ?? [])
            .map { node in
                (key: node["Key"] ?? "", error: call.error(S3ErrorCode(node["Code"] ?? ""), node["Message"] ?? ""))
            }
            .filter { $0.error.code != .noSuchKey }
    }

    private static func deletionDocument(_ keys: [String]) -> String {
        var text = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>"
        for key in keys {
            text += "<Object><Key>\(XMLText.escape(key))</Key></Object>"
        }
        return text + "</Delete>"
    }

    private static func md5(_ buffer: ByteBuffer) -> String {
        var hasher = Insecure.MD5()
        buffer.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        return Data(hasher.finalize()).base64EncodedString()
    }
}
