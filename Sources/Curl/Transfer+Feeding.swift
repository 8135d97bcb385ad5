import NIOCore

extension Transfer {
    /// Starts the task that reads a stream body.
    ///
    /// Other bodies need none.
    func startFeeding() {
        guard let uploadPipe, case .stream(let count, let sequence) = request.body else { return }
        uploadPipe.attach(
            Task {
                await feed(sequence, declaredCount: count, into: uploadPipe)
            }
        )
    }

    private func feed(
        _ sequence: some AsyncSequence<ByteBuffer, any Error> & Sendable,
        declaredCount: Int64?,
        into pipe: UploadPipe
    ) async {
        var fedCount: Int64 = 0
        do {
            for try await buffer in sequence {
                fedCount += Int64(buffer.readableBytes)
                if let declaredCount, fedCount > declaredCount {
                    abortBody("the stream gave more than the \(declaredCount) bytes declared")
                    return
                }
                guard await pipe.write(buffer, resumeReader: { inbox.post(.resumeSend(self)) }) else { return }
            }
        } catch {
            // The error's words are the caller's business: only its type is told.
            abortBody("the stream failed with \(type(of: error))")
            return
        }
        if let declaredCount, fedCount < declaredCount {
            abortBody("the stream ended after \(fedCount) of \(declaredCount) bytes")
            return
        }
        pipe.end(resumeReader: { inbox.post(.resumeSend(self)) })
    }

    private func abortBody(_ message: String) {
        inbox.post(.abort(self, .bodyReadFailed(message)))
    }
}
