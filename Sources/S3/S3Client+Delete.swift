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
                try await deleteBatch(batch)
                batch.removeAll()
            }
        }
        if !batch.isEmpty {
            try await deleteBatch(batch)
        }
    }

    private func deleteBatch(_ keys: [String]) async throws(S3Error) {
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
        let refused = (answer.document?.all("Error") ?? [])
            .map { node in
                (code: S3ErrorCode(node["Code"] ?? ""), key: node["Key"] ?? "", message: node["Message"] ?? "")
            }
            .filter { $0.code != .noSuchKey }
        guard let first = refused.first else {
            return
        }
        throw call.error(
            first.code,
            "\(refused.count) of \(keys.count) objects were not deleted; \(first.key): \(first.message)"
        )
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
