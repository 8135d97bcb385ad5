import Curl
import HTTPTypes
import NIOCore

extension CurlRequest {
    /// A POST of JSON, signed as Standard Webhooks says.
    ///
    /// The time is that of the attempt: a receiver refuses what is old, for it may be a replay.
    static func signedMessage(
        id: String,
        timestamp: Int64,
        body: [UInt8],
        secrets: [WebhookSecret],
        to url: String,
        timeout: Duration
    ) -> CurlRequest {
        var request = CurlRequest(
            method: .post,
            url: url,
            body: .bytes(ByteBuffer(bytes: body)),
            totalTimeout: timeout,
            stallTimeout: timeout
        )
        request.headers[.contentType] = "application/json"
        request.headers[.webhookID] = id
        request.headers[.webhookTimestamp] = String(timestamp)
        request.headers[.webhookSignature] =
            secrets.map { secret in
                secret.signature(id: id, timestamp: timestamp, body: body)
            }
            .joined(separator: " ")
        return request
    }
}
