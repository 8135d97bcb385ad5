import Attachments
import NIOCore
import NIOPosix
import Synchronization

/// Has clamd look files through: the INSTREAM command of its protocol (clamd(8)), one connection a file.
///
/// The bytes go in chunks, each with its length before it, as the socket takes them. clamd answers before the end where the file is
/// larger than its StreamMaxLength. That a file is clean nobody can know before all of it was sent: such an answer lets nothing pass.
struct ClamdScanner: FileScanner {
    let address: ClamdAddress
    let timeout: Duration

    let fetchesFiles = false

    private static let chunkBytes = 64 * 1024
    /// For so long the end of the file is held back, so that what was said before it is seen to be that.
    private static let pauseBeforeEnd = Duration.milliseconds(5)
    /// An answer is one line.
    private static let maxAnswerBytes = 4 * 1024

    func scan(_ file: ScannedFile) async throws(ScanError) -> ScanVerdict {
        try await scan(byteCount: file.byteCount, read: file.read)
    }

    /// Has so many bytes looked through, which are read piece by piece from an offset on.
    func scan(
        byteCount: Int64,
        read: @escaping @Sendable (_ offset: Int64, _ count: Int) throws -> ByteBuffer
    ) async throws(ScanError) -> ScanVerdict {
        let answer = try await ask { outbound, sending in
            try await Self.send(byteCount, read, outbound, sending)
        }
        do throws(ScanError) {
            return try Self.verdict(answer)
        } catch {
            throw ofThisScanner(error)
        }
    }

    /// Asks whether it is alive: the PING command, which is answered with PONG.
    func ping() async throws(ScanError) {
        let answer = try await ask { outbound, _ in try await outbound.write(ByteBuffer(string: "zPING\0")) }
        guard answer == "PONG" else {
            throw ofThisScanner(ScanError(.unavailable, "the answer to PING is \"\(answer.prefix(64))\""))
        }
    }

    /// What an answer such as `stream: Eicar-Signature FOUND` says.
    static func verdict(_ answer: String) throws(ScanError) -> ScanVerdict {
        let words = answer.hasPrefix("stream: ") ? answer.dropFirst("stream: ".count) : answer[...]
        if words == "OK" { return .clean }
        if words.hasSuffix(" FOUND") { return .found(String(words.dropLast(" FOUND".count))) }
        if words.contains("size limit exceeded") {
            throw ScanError(.tooLarge, "\(words) (StreamMaxLength of clamd.conf)")
        }
        throw ScanError(.unavailable, words.isEmpty ? "it closed without an answer" : "\(words)")
    }

    /// The error with the address, for there may be several scanners in a network.
    private func ofThisScanner(_ error: ScanError) -> ScanError {
        ScanError(error.code, "clamd at \(address): \(error.message)")
    }

    private func ask(
        _ send: @escaping @Sendable (NIOAsyncChannelOutboundWriter<ByteBuffer>, Sending) async throws -> Void
    ) async throws(ScanError) -> String {
        do {
            return try await withTimeLimit { try await exchange(send) }
        } catch let error as ScanError {
            throw ofThisScanner(error)
        } catch {
            throw ofThisScanner(ScanError(.unavailable, Self.words(for: error)))
        }
    }

    /// Of several addresses of a name, what the first one said.
    private static func words(for error: any Error) -> String {
        guard let failure = error as? NIOConnectionError else { return "\(error)" }
        return failure.connectionErrors.first.map { "\($0.error)" } ?? "\(failure)"
    }

    private func exchange(
        _ send: @escaping @Sendable (NIOAsyncChannelOutboundWriter<ByteBuffer>, Sending) async throws -> Void
    ) async throws -> String {
        try await connect()
            .executeThenClose { inbound, outbound in
                let sending = Sending()
                return try await withThrowingTaskGroup(of: String?.self) { group in
                    group.addTask { try await Self.readAnswer(inbound, sending) }
                    group.addTask {
                        try await send(outbound, sending)
                        return nil
                    }
                    var failure: (any Error)?
                    // What clamd says comes before the failure to send more than it wants.
                    while let result = await group.nextResult() {
                        switch result {
                        case .success(let answer?):
                            group.cancelAll()
                            return answer
                        case .success(nil): break
                        case .failure(let error):
                            failure = failure ?? error
                            // Whichever side found something wrong: the other one has nothing to wait for.
                            if error is ScanError { group.cancelAll() }
                        }
                    }
                    throw failure ?? ScanError(.unavailable, "it closed without an answer")
                }
            }
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(5))
        let wrap: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return switch address {
        case .tcp(let host, let port):
            try await bootstrap.connect(host: host, port: port, channelInitializer: wrap)
        case .unix(let path):
            try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: wrap)
        }
    }

    private static func send(
        _ byteCount: Int64,
        _ read: @Sendable (_ offset: Int64, _ count: Int) throws -> ByteBuffer,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ sending: Sending
    ) async throws {
        try await outbound.write(ByteBuffer(string: "zINSTREAM\0"))
        var offset: Int64 = 0
        while offset < byteCount {
            let chunk: ByteBuffer
            do {
                chunk = try read(offset, chunkBytes)
            } catch {
                throw ScanError(.unavailable, "the file cannot be read: \(error)")
            }
            // A stream that ends early would be a verdict on a part of the file.
            guard chunk.readableBytes > 0 else { throw ScanError(.unavailable, "the file is shorter than it was") }
            var framed = ByteBuffer(integer: UInt32(chunk.readableBytes))
            framed.writeImmutableBuffer(chunk)
            try await outbound.write(framed)
            offset += Int64(chunk.readableBytes)
        }
        try await Task.sleep(for: pauseBeforeEnd)
        sending.isAtEnd.store(true, ordering: .sequentiallyConsistent)
        try await outbound.write(ByteBuffer(integer: UInt32(0)))
    }

    /// The answer up to the zero byte that ends it; nil where there is none.
    ///
    /// Throws where it calls clean what was not sent yet. That something was found, or the file is too large, it may say before.
    private static func readAnswer(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ sending: Sending
    ) async throws -> String? {
        var answer = ByteBuffer()
        var isEarly = false
        for try await var part in inbound {
            isEarly = isEarly || !sending.isAtEnd.load(ordering: .sequentiallyConsistent)
            answer.writeBuffer(&part)
            if let end = answer.readableBytesView.firstIndex(of: 0) {
                let length = end - answer.readableBytesView.startIndex
                let text = answer.getString(at: answer.readerIndex, length: length)
                if isEarly, let text, (try? verdict(text)) == .clean {
                    throw ScanError(.unavailable, "it answered \(text) before the whole file was sent")
                }
                return text
            }
            guard answer.readableBytes <= maxAnswerBytes else {
                throw ScanError(.unavailable, "the answer is no line")
            }
        }
        return nil
    }

    private func withTimeLimit<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw ScanError(.unavailable, "it took longer than \(timeout.components.seconds) s")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

/// How far a file has been sent.
private final class Sending: Sendable {
    /// Nothing is left to be sent but the end.
    let isAtEnd = Atomic(false)
}
