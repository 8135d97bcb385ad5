import Curl
import HTTPTypes
import NIOCore
import SigV4

// How an answer that means failure becomes an error.
extension S3Client {
    private static let errorLimit = 256 * 1024
    private static let maxMessageLength = 500
    /// A refusal without a body and with a date this far from ours is taken for a refusal of our clock.
    private static let suspectSkewSeconds: Int64 = 300
    /// Clients are told what the storage says, and keep to it: an hour is more than any outage is known beforehand.
    private static let longestRetryAfterSeconds: Int64 = 3600

    /// The error that an answer with a status outside 2xx stands for.
    func failure(_ response: CurlResponse, of call: S3Call, signedAtOffset offset: Int64) async -> S3Error {
        // The status alone tells enough if the body is lost, too large or a proxy's HTML.
        let document: XMLNode?
        do {
            let buffer = try await response.body.collect(upTo: Self.errorLimit)
            document = XMLNode.parse(buffer)
        } catch {
            document = nil
        }
        guard let document, document.name == "Error" else {
            return statusError(response, of: call, signedAtOffset: offset)
        }
        return storageError(document, response, of: call)
    }

    /// The error that an error document stands for, whatever the status it came with.
    func storageError(_ document: XMLNode, _ response: CurlResponse, of call: S3Call) -> S3Error {
        let text = document["Code"] ?? ""
        guard !text.isEmpty else {
            return statusError(response, of: call, signedAtOffset: clockOffsetSeconds)
        }
        return error(
            S3ErrorCode(text),
            document["Message"] ?? "",
            requestID: document["RequestId"],
            response,
            of: call
        )
    }

    func malformed(_ response: CurlResponse, of call: S3Call, _ message: String) -> S3Error {
        error(.malformedResponse, message, requestID: nil, response, of: call)
    }

    private func statusError(
        _ response: CurlResponse,
        of call: S3Call,
        signedAtOffset offset: Int64
    ) -> S3Error {
        var code = S3ErrorCode(status: response.status, target: call.target)
        if code == .accessDenied, let lead = clockLead(of: response.headers),
            abs(lead - offset) > Self.suspectSkewSeconds
        {
            code = .requestTimeTooSkewed
        }
        return error(code, "the storage answered with status \(response.status)", requestID: nil, response, of: call)
    }

    private func error(
        _ code: S3ErrorCode,
        _ message: String,
        requestID: String?,
        _ response: CurlResponse,
        of call: S3Call
    ) -> S3Error {
        if code == .requestTimeTooSkewed, let lead = clockLead(of: response.headers) {
            correctClock(by: lead)
        }
        return S3Error(
            code: code,
            status: response.status,
            message: String(message.prefix(Self.maxMessageLength)) + redirection(response),
            requestID: requestID ?? value("x-amz-request-id", in: response),
            operation: call.operation,
            retryAfter: response.headers[.retryAfter].flatMap(retryAfter)
        )
    }

    /// How long a `Retry-After` asks to wait, in seconds or until a date (RFC 9110 section 10.2.3); nil where it says neither.
    private func retryAfter(_ text: String) -> Duration? {
        let seconds = Int64(text) ?? HTTPDate.secondsSinceEpoch(text).map { $0 - now.secondsSinceEpoch }
        return seconds.map { .seconds(min(max($0, 0), Self.longestRetryAfterSeconds)) }
    }

    /// What to change when the bucket lives elsewhere; redirects are not followed, for each hop needs a new signature.
    private func redirection(_ response: CurlResponse) -> String {
        guard (300...399).contains(response.status) else {
            return ""
        }
        guard let region = value("x-amz-bucket-region", in: response) else {
            return " (the bucket lives at another endpoint; x-amz-bucket-region was not given)"
        }
        return " (x-amz-bucket-region: \(region); requests were signed for \(configuration.region))"
    }

    private func value(_ name: String, in response: CurlResponse) -> String? {
        HTTPField.Name(name).flatMap { response.headers[$0] }
    }
}
