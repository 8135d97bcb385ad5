import Curl
import HTTPTypes
import NIOCore
import S3

// What the holders of presigned URLs get, through the public endpoint.
extension BucketProbe {
    /// Whether the bucket is closed to those who have no signature.
    func privacy() async throws -> CheckLine {
        let subject = "privacy"
        let url = client.presignGet(key: try await store("private"), expiresIn: .seconds(60))
        let answer = try await fetch(String(url.prefix { $0 != "?" }))
        guard answer.status != 200 || answer.body != Self.content else {
            return .bad(subject, "everybody can read the bucket, without a signature. Make it private")
        }
        return .good(subject, "without a signature an object is not given out (\(answer.status))")
    }

    /// Whether a player can ask for a stretch of a file.
    func range() async throws -> CheckLine {
        let subject = "range"
        let url = client.presignGet(key: try await store("range"), expiresIn: .seconds(60))
        let answer = try await fetch(url, headers: [.range: "bytes=2-4"])
        let wanted = Self.content.getSlice(at: Self.content.readerIndex + 2, length: 3)
        guard answer.status == 206, answer.body == wanted else {
            return .bad(
                subject,
                "a range of a presigned URL is answered with \(answer.status): video does not play everywhere, nor seek"
            )
        }
        return .good(subject, "a range of a presigned URL is answered with 206")
    }

    /// Whether a presigned URL decides how a browser takes the file.
    func responseHeaders() async throws -> CheckLine {
        let subject = "URL headers"
        let type = "application/x-check"
        let disposition = "attachment; filename*=UTF-8''check.txt"
        let url = client.presignGet(
            key: try await store("headers"),
            expiresIn: .seconds(60),
            responseContentType: type,
            responseContentDisposition: disposition
        )
        let answer = try await fetch(url)
        guard answer.status == 200 else {
            return .bad(subject, "a presigned URL that names type and disposition is answered with \(answer.status)")
        }
        guard answer.headers[.contentDisposition] == disposition else {
            return .bad(
                subject,
                "response-content-disposition is ignored: what must be saved as a file would be shown by a browser"
            )
        }
        guard answer.headers[.contentType] == type else {
            return .note(subject, "response-content-type is ignored: files have the type that they were stored with")
        }
        return .good(subject, "a presigned URL decides type, file name and disposition")
    }

    /// Whether a script of another origin may read a file, and its entity tag.
    func crossOrigin() async throws -> CheckLine {
        let subject = "CORS"
        let url = client.presignGet(key: try await store("cors"), expiresIn: .seconds(60))
        let answer = try await fetch(url, headers: [.origin: origin])
        let preflight = try await fetch(
            url,
            method: .options,
            headers: [.origin: origin, .accessControlRequestMethod: "GET"]
        )
        guard allows(answer.headers) else {
            return .note(
                subject,
                "scripts of \(origin) may not read files (pictures and players still can): the bucket needs a CORS rule"
            )
        }
        let exposed = (answer.headers[.accessControlExposeHeaders] ?? "").lowercased()
            .split { $0 == "," || $0 == " " }
        let isExposed = exposed.contains("*") || exposed.contains("etag")
        let isPreflightAllowed = (200...299).contains(preflight.status) && allows(preflight.headers)
        guard isExposed, isPreflightAllowed else {
            let missing = isExposed ? "a preflight is refused" : "ETag is not exposed"
            return .note(subject, "scripts of \(origin) may read files, but \(missing): see the bucket's CORS rule")
        }
        return .good(subject, "scripts of \(origin) may read files and their ETag")
    }

    private func allows(_ headers: HTTPFields) -> Bool {
        headers[.accessControlAllowOrigin].map { $0 == "*" || $0 == origin } ?? false
    }

    /// Sends what a browser would: no signature but that of the URL.
    private func fetch(
        _ url: String,
        method: HTTPRequest.Method = .get,
        headers: HTTPFields = [:]
    ) async throws(StorageFault) -> (status: Int, headers: HTTPFields, body: ByteBuffer) {
        do throws(CurlError) {
            let request = CurlRequest(method: method, url: url, headers: headers, totalTimeout: .seconds(15))
            let response = try await curl.send(request)
            let body = try await response.body.collect(upTo: 64 * 1024)
            return (status: response.status, headers: response.headers, body: body)
        } catch {
            // Not the URL, which is a credential.
            throw StorageFault(line: "the public endpoint cannot be asked: \(error.message)")
        }
    }
}
