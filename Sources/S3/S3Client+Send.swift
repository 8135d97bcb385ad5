import Curl
import HTTPTypes
import NIOCore
import SigV4

extension S3Client {
    /// Sends a call until it succeeds or cannot, and reads the whole answer.
    func send(_ call: S3Call) async throws(S3Error) -> S3Answer {
        var count = 0
        return try await repeating(call) { call, payload async throws(S3Error) in
            count += 1
            let response = try await attempt(call, payload: payload)
            var answer = try await read(response, of: call)
            answer.proof = try await confirm(answer.headers, of: call)
            answer.wasRepeated = count > 1 || response.wasResent
            return answer
        }
    }

    /// Sends a call until an answer's head says success; its body is the caller's, and no longer repeated.
    func open(_ call: S3Call) async throws(S3Error) -> CurlResponse {
        try await repeating(call) { call, payload async throws(S3Error) in try await attempt(call, payload: payload) }
    }

    private func repeating<Value>(
        _ call: S3Call,
        _ attempt: (S3Call, PayloadHash) async throws(S3Error) -> Value
    ) async throws(S3Error) -> Value {
        try await observing(call.operation) { () async throws(S3Error) in
            // The storage may yet do what an earlier attempt asked for: that the caller must know.
            var open: S3Error?
            do throws(S3Error) {
                return try await repeatUntilOver(call, leavingOpen: &open, attempt)
            } catch {
                var outcome = error
                outcome.followsOpenAttempt = open != nil
                throw outcome
            }
        }
    }

    /// Tells the observer, where there is one, how long `body` took and how it ended.
    func observing<Value>(
        _ operation: String,
        _ body: () async throws(S3Error) -> Value
    ) async throws(S3Error) -> Value {
        guard let observer else { return try await body() }
        let start = ContinuousClock.now
        do throws(S3Error) {
            let value = try await body()
            observer.s3Call(S3Operation(operation), ended: .success, after: start.duration(to: .now))
            return value
        } catch {
            observer.s3Call(S3Operation(operation), ended: S3Outcome(error), after: start.duration(to: .now))
            throw error
        }
    }

    private func repeatUntilOver<Value>(
        _ call: S3Call,
        leavingOpen open: inout S3Error?,
        _ attempt: (S3Call, PayloadHash) async throws(S3Error) -> Value
    ) async throws(S3Error) -> Value {
        let payload = try await payloadHash(of: call)
        var attempts = S3Attempts(policy: retry, deadline: deadline, health: health)
        var call = call
        var isWithoutChecksum = false
        while true {
            if try await !attempts.admission(for: call) {
                try await probeCircuit(for: call)
                continue
            }
            guard !isOver else { throw open ?? .noTimeLeft(for: call.operation) }
            call.offersChecksum = sendsChecksums && !isWithoutChecksum
            do throws(S3Error) {
                let value = try await attempt(call, payload)
                // Not before: what refused the call may have been another of its headers.
                if isWithoutChecksum { health.confirmation.noteRefusedChecksum() }
                health.noteSuccess()
                return value
            } catch {
                if error.leavesOutcomeOpen { open = error }
                // A call that the deadline cut short tells nothing of the storage.
                if !(error.code == .transport(.totalTimeout) && isOver) { health.note(error) }
                guard call.stream == nil else {
                    var outcome = error
                    outcome.attempts = 1
                    throw outcome
                }
                guard !refusesChecksum(error, of: call) else {
                    isWithoutChecksum = true
                    continue
                }
                try await attempts.pause(after: error)
                call.avoidsConnection = error.code == .slowDown
                observer?.s3Retry(of: S3Operation(call.operation))
            }
        }
    }

    /// The deadline has passed.
    var isOver: Bool { deadline.map { $0 <= .now } ?? false }

    private func attempt(_ call: S3Call, payload: PayloadHash) async throws(S3Error) -> CurlResponse {
        let offset = clockOffsetSeconds
        let response = try await exchange(call, payload: payload)
        guard (200...299).contains(response.status) else {
            var error = await failure(response, of: call, signedAtOffset: offset)
            error.followsOpenAttempt = response.wasResent
            throw error
        }
        return response
    }

    /// Signs a call with the present time and sends it once; an answer of any status is returned.
    func exchange(_ call: S3Call, payload: PayloadHash) async throws(S3Error) -> CurlResponse {
        let request = request(for: call, payload: payload, at: now)
        do throws(CurlError) {
            return try await curl.send(request, isShielded: call.isShielded)
        } catch {
            throw S3Error(transport: error, operation: call.operation)
        }
    }

    /// How long one attempt may take.
    private func totalTimeout(of call: S3Call) -> Duration? {
        let own = call.isShort ? configuration.requestTimeout : nil
        guard let deadline else { return own }
        let remaining = max(ContinuousClock.now.duration(to: deadline), .milliseconds(1))
        return own.map { min($0, remaining) } ?? remaining
    }

    private func request(for call: S3Call, payload: PayloadHash, at time: SigningTime) -> CurlRequest {
        let path = location.path(of: call.target)
        let query = call.query.map { item in
            (name: PercentEncoding.encode(item.name), value: PercentEncoding.encode(item.value))
        }
        let headers = call.headers + [checksumHeader(of: call)].compactMap(\.self)
        let signed = signer.sign(
            SigningRequest(
                method: call.method.rawValue,
                host: location.host,
                path: path,
                query: query,
                headers: headers
            ),
            payload: payload,
            at: time
        )
        var fields = call.unsignedHeaders
        S3Trace.current?.add(to: &fields)
        for header in headers + signed.headers {
            guard let name = HTTPField.Name(header.name) else {
                continue
            }
            fields.append(HTTPField(name: name, value: header.value))
        }
        var url = location.base + path
        if !query.isEmpty {
            url += "?" + query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        }
        var request = CurlRequest(
            method: call.method,
            url: url,
            headers: fields,
            body: body(of: call),
            totalTimeout: totalTimeout(of: call),
            stallTimeout: call.stallTimeout
        )
        request.opensConnection = call.avoidsConnection
        return request
    }

    private func body(of call: S3Call) -> CurlBody {
        if let stream = call.stream { return stream }
        return switch call.body {
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
        guard call.stream == nil else { return .unsigned }
        guard let body = call.body, body.count > 0 else {
            return .empty
        }
        guard configuration.signsBodies else {
            return .unsigned
        }
        if let known = call.digests.sha256 {
            return .sha256(hex: known)
        }
        guard let computed = await body.digests(sha256: true, crc32c: false)?.sha256 else {
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
        guard document.name == expectedRoot || document.name == call.alternativeRoot else {
            throw malformed(response, of: call, "the answer is not a \(expectedRoot)")
        }
        return S3Answer(headers: response.headers, document: document)
    }
}
