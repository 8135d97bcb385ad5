import Curl
import HTTPTypes
import NIOCore
import SigV4

extension S3Client {
    /// Asks whether the bucket is there and open to these credentials (HeadBucket).
    package func headBucket() async throws(S3Error) {
        _ = try await send(S3Call("HeadBucket", .head, .bucket))
    }

    /// Asks once, and for three seconds at most, whether the bucket answers (HeadBucket); also where the storage is known
    /// to be down, and an answer ends that.
    package func probe() async throws(S3Error) {
        try await observing("HeadBucket") { () async throws(S3Error) in try await probeOnce() }
    }

    private func probeOnce() async throws(S3Error) {
        let once = until(.now.advanced(by: .seconds(3)))
        let call = S3Call("HeadBucket", .head, .bucket)
        let offset = clockOffsetSeconds
        do throws(S3Error) {
            let response = try await once.exchange(call, payload: .empty)
            guard (200...299).contains(response.status) else {
                throw await failure(response, of: call, signedAtOffset: offset)
            }
            await response.body.discard()
            health.noteSuccess()
        } catch {
            // What a deadline of the caller's cut short tells nothing of the storage.
            if !(error.code == .transport(.totalTimeout) && isOver) { health.note(error) }
            throw error
        }
    }

    /// Probes for a call that the circuit let through for that; throws where the call itself has come to its end.
    func probeCircuit(for call: S3Call) async throws(S3Error) {
        do throws(S3Error) {
            try await probe()
        } catch {
            switch error.code {
            case .transport(.cancelled), .transport(.closed):
                health.circuit.abandonProbe()
                throw error
            case .transport(.totalTimeout) where isOver:
                health.circuit.abandonProbe()
                throw .noTimeLeft(for: call.operation)
            default:
                // An answer, whatever it says, has closed the circuit already.
                if health.circuit.isOpen { health.circuit.noteFailedProbe() }
            }
        }
    }

    /// Makes the bucket (CreateBucket); one that is ours already counts as made.
    package func createBucket() async throws(S3Error) {
        var call = S3Call("CreateBucket", .put, .bucket)
        // us-east-1 is the region that must not be named.
        if configuration.region != "us-east-1" {
            let document =
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>"
                + XMLText.escape(configuration.region) + "</LocationConstraint></CreateBucketConfiguration>"
            call.headers = [(name: "content-type", value: "application/xml")]
            call.body = .bytes(ByteBuffer(string: document))
        }
        do throws(S3Error) {
            _ = try await send(call)
        } catch {
            guard error.code == .bucketAlreadyOwnedByYou else {
                throw error
            }
        }
    }

    /// How far the storage's clock is ahead of ours, to the second; the answer's status does not matter.
    package func measureClockOffset() async throws(S3Error) -> Duration {
        let call = S3Call("HeadBucket", .head, .bucket)
        let response = try await exchange(call, payload: .empty)
        let lead = clockLead(of: response.headers)
        await response.body.discard()
        guard let lead else {
            throw malformed(response, of: call, "the answer has no Date")
        }
        return .seconds(lead)
    }

    /// What the storage calls itself (`Server`, RFC 9110 section 10.2.4), whatever else it answers; nil where it says nothing.
    package func serverName() async throws(S3Error) -> String? {
        try await perform(S3Trial("HeadBucket", .head)).header("server")
    }
}
