import Curl
import HTTPTypes
import NIOCore
import SigV4

extension S3Client {
    /// Sends a call until it succeeds or cannot, and reads the whole answer.
    func send(_ call: S3Call) async throws(S3Error) -> S3Answer {
        let payload = try await payloadHash(of: call)
        var attempts = S3Attempts(policy: configuration.retry)
        while true {
            do throws(S3Error) {
                let response = try await attempt(call, payload: payload)
                return try await read(response, of: call)
            } catch {
                try await attempts.pause(after: error)
            }
        }
    }

    /// Sends a call until an answer's head says success; its body is the caller's, and no longer repeated.
    func open(_ call: S3Call) async throws(S3Error) -> CurlResponse {
        let payload = try await payloadHash(of: call)
        var attempts = S3Attempts(policy: configuration.retry)
        while true {
            do throws(S3Error) {
                return try await attempt(call, payload: payload)
            } catch {
                try await attempts.pause(after: error)
            }
        }
    }

    private func attempt(_ call: S3Call, payload: PayloadHash) async throws(S3Error) -> CurlResponse {
        let response = try await exchange(call, payload: payload)
        guard (200...299).contains(response.status) else {
            throw await failure(response, of: call)
        }
        return response
    }

    /// Signs a call with the present time and sends it once; an answer of any status is returned.
    func exchange(_ call: S3Call, payload: PayloadHash) async throws(S3Error) -> CurlResponse {
        do throws(CurlError) {
            return try await curl.send(request(for: call, payload: payload, at: now))
        } catch {
            throw S3Error(transport: error, operation: call.operation)
        }
    }

    private func request(for call: S3Call, payload: PayloadHash, at time: SigningTime) -> CurlRequest {
        let path = location.path(of: call.target)
        let query = call.query.map { item in
            (name: PercentEncoding.encode(item.name), value: PercentEncoding.encode(item.value))
        }
        let signed = signer.sign(
            SigningRequest(
                method: call.method.rawValue,
                host: location.host,
                path: path,
                query: query,
                headers: call.headers
            ),
            payload: payload,
            at: time
        )
        var fields = call.unsignedHeaders
        for header in call.headers + signed.headers {
            guard let name = HTTPField.Name(header.name) else {
                continue
            }
            fields.append(HTTPField(name: name, value: header.value))
        }
        var url = location.base + path
        if !query.isEmpty {
            url += "?" + query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        }
        return CurlRequest(
            method: call.method,
            url: url,
            headers: fields,
            body: body(of: call),
            totalTimeout: call.isShort ? configuration.requestTimeout : nil
        )
    }

    private func body(of call: S3Call) -> CurlBody {
        switch call.body {
        case .bytes(let buffer)?: .bytes(buffer)
        case .file(let descriptor, let offset, let count)?: .file(descriptor: descriptor, offset: offset, count: count)
        case nil: .none
        }
    }

    private func payloadHash(of call: S3Call) async throws(S3Error) -> PayloadHash {
        if case .object(let key) = call.target, key.isEmpty {
            // Without its key the path would name the bucket: a DELETE would be the bucket's.
            throw call.error(.invalidRequest, "an object's key is not empty")
        }
        guard let body = call.body, body.count > 0 else {
            return .empty
        }
        guard configuration.signsBodies else {
            return .unsigned
        }
        if let known = call.sha256 {
            return .sha256(hex: known)
        }
        guard let computed = await body.sha256() else {
            throw call.error(.bodyUnreadable, "the file to send is shorter than announced or cannot be read")
        }
        return .sha256(hex: computed)
    }

    private func read(_ response: CurlResponse, of call: S3Call) async throws(S3Error) -> S3Answer {
        let buffer: ByteBuffer
        do throws(CurlError) {
            buffer = try await response.body.collect(upTo: call.answerLimit)
        } catch {
            guard error.code != .bodyTooLarge else {
                throw malformed(response, of: call, "the answer is larger than \(call.answerLimit) bytes")
            }
            throw S3Error(transport: error, status: response.status, operation: call.operation)
        }
        guard let expectedRoot = call.expectedRoot else {
            return S3Answer(headers: response.headers, document: nil)
        }
        guard let document = XMLNode.parse(buffer) else {
            let what = buffer.readableBytes == 0 ? "the answer is empty" : "the answer is not well-formed XML"
            throw malformed(response, of: call, what)
        }
        guard document.name != "Error" else {
            throw storageError(document, response, of: call)
        }
        guard document.name == expectedRoot else {
            throw malformed(response, of: call, "the answer is not a \(expectedRoot)")
        }
        return S3Answer(headers: response.headers, document: document)
    }
}
