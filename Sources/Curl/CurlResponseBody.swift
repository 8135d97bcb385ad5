package import NIOCore
import Synchronization

/// The body of a response, as buffers of up to some 256 KiB.
///
/// It can be iterated once. A reader that does not keep up pauses the transfer. Dropping the body unread, or its
/// iterator before the end, cancels the transfer and closes the connection.
package struct CurlResponseBody: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer
    package typealias Failure = CurlError

    private let unread: UnreadBody

    init(_ transfer: Transfer) {
        unread = UnreadBody(transfer)
    }

    /// Starts reading.
    ///
    /// The second iterator of a body only throws `invalidRequest`.
    package func makeAsyncIterator() -> Iterator {
        Iterator(reading: unread.take())
    }

    /// Reads the whole body into one buffer.
    ///
    /// Throws `bodyTooLarge` when it has more than `maxBytes` bytes; the transfer is then cancelled.
    package func collect(upTo maxBytes: Int) async throws(CurlError) -> ByteBuffer {
        var iterator = makeAsyncIterator()
        var whole = ByteBuffer()
        while var chunk = try await iterator.next(isolation: nil) {
            guard whole.readableBytes + chunk.readableBytes <= maxBytes else {
                throw CurlError(
                    code: .bodyTooLarge,
                    delivery: .maybeSent,
                    message: "the response's body is larger than \(maxBytes) bytes"
                )
            }
            if whole.readableBytes == 0 {
                whole = chunk
            } else {
                whole.writeBuffer(&chunk)
            }
        }
        return whole
    }

    /// Gets rid of the body.
    ///
    /// A short rest is read so that the connection can serve the next request; a long one is cut off with the
    /// connection. Never fails.
    package func discard() async {
        var iterator = makeAsyncIterator()
        var remaining = 256 * 1024
        while remaining > 0, let chunk = try? await iterator.next(isolation: nil) {
            remaining -= chunk.readableBytes
        }
    }

    /// Takes the body's buffers one after the other.
    package struct Iterator: AsyncIteratorProtocol {
        package typealias Element = ByteBuffer
        package typealias Failure = CurlError

        private let reading: BodyReading?

        fileprivate init(reading: BodyReading?) {
            self.reading = reading
        }

        /// The next buffer, `nil` at the end.
        ///
        /// Cancelling the task cancels the transfer.
        package mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(CurlError) -> ByteBuffer? {
            guard let reading else {
                throw .invalid("a response's body can be read only once")
            }
            return try await reading.transfer.nextChunk()
        }
    }
}

/// A body that nobody reads yet: cancels the transfer when it goes.
private final class UnreadBody: Sendable {
    private let transfer: Transfer
    private let isTaken = Atomic<Bool>(false)

    init(_ transfer: Transfer) {
        self.transfer = transfer
    }

    /// The one reading of the body, `nil` from the second time on.
    func take() -> BodyReading? {
        isTaken.exchange(true, ordering: .acquiringAndReleasing) ? nil : BodyReading(transfer)
    }

    deinit {
        guard !isTaken.load(ordering: .acquiring) else { return }
        transfer.cancel()
    }
}

/// The iterator's hold on a transfer: cancels it when it goes, which after the end means nothing.
private final class BodyReading: Sendable {
    let transfer: Transfer

    init(_ transfer: Transfer) {
        self.transfer = transfer
    }

    deinit {
        transfer.cancel()
    }
}
