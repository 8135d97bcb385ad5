import Curl
import Foundation
import HTTPTypes
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The key set at a URL, as it was read last.
///
/// It is read at the start and again when it has reached its age, so that new keys are there before tokens name them and
/// withdrawn ones are forgotten. A token with an unknown key has it read ahead of time: at most once in a while, for anyone
/// can make such a token, and by one request at a time, for which the others wait. What cannot be read changes nothing.
final class RemoteKeySet: Sendable {
    private struct State {
        var keys = KeySet.none
        /// What `keys` was read from.
        var json: [UInt8]?
        var reading: Task<Void, Never>?
        var lastRead: ContinuousClock.Instant?
        var hasFailed = false
    }

    private let url: String
    private let maxAge: Duration
    private let pause: Duration
    private let client: CurlClient
    private let logger: Logger
    private let state = Mutex(State())

    /// How long a read may take, and so a request with an unknown key may wait for it.
    private static let patience = Duration.seconds(5)
    private static let mostBytes = 1 << 20

    /// Prepares the source; nothing is read yet.
    ///
    /// `pause` is the least time between two reads.
    init(
        url: String,
        maxAge: Duration,
        pause: Duration,
        certificateAuthorityFile: String?,
        logger: Logger
    ) throws(CurlError) {
        self.url = url
        self.maxAge = maxAge
        self.pause = pause
        self.logger = logger
        client = try CurlClient(
            configuration: CurlConfiguration(
                connectTimeout: Self.patience,
                stallTimeout: Self.patience,
                totalTimeout: Self.patience,
                maxConnectionsPerHost: 1,
                maxIdleConnections: 1,
                certificateAuthorityFile: certificateAuthorityFile
            )
        )
    }

    /// The source that the configuration names; nil where it names none.
    static func configured(by configuration: TokenConfiguration, logger: Logger) throws(CurlError) -> RemoteKeySet? {
        guard let url = configuration.keySetURL else { return nil }
        return try RemoteKeySet(
            url: url,
            maxAge: configuration.keySetMaxAge,
            pause: configuration.keySetPause,
            certificateAuthorityFile: configuration.keySetCertificateAuthorityFile,
            logger: logger
        )
    }

    /// The keys as they were read last.
    var keys: KeySet { state.withLock { $0.keys } }

    /// The keys after another read, if it is time for one; else as they are.
    func refreshed() async -> KeySet {
        let reading = state.withLock { state -> Task<Void, Never>? in
            if let reading = state.reading { return reading }
            if let lastRead = state.lastRead, lastRead.duration(to: .now) < pause { return nil }
            // A task of its own: who asks may go away, and the others wait for it all the same.
            let reading = Task { await self.read() }
            state.reading = reading
            return reading
        }
        await reading?.value
        return keys
    }

    /// The set as it is now, without a word to those who use the source.
    func fetchedKeys() async throws(KeySetError) -> KeySet {
        try await KeySet(json: fetch(), generation: keys.generation + 1)
    }

    /// Ends the connections.
    func shutdown() async {
        await client.shutdown()
    }

    private func read() async {
        let (oldJSON, generation) = state.withLock { ($0.json, $0.keys.generation) }
        let outcome: Result<(json: [UInt8], keys: KeySet)?, KeySetError>
        do throws(KeySetError) {
            let json = try await fetch()
            // The same keys are not another set: what was verified with them stays so.
            let isNew = json != oldJSON
            outcome = .success(isNew ? (json, try await KeySet(json: json, generation: generation + 1)) : nil)
        } catch {
            outcome = .failure(error)
        }
        let hadFailed = state.withLock { state in
            let hadFailed = state.hasFailed
            state.reading = nil
            state.lastRead = .now
            switch outcome {
            case .success(let new):
                state.hasFailed = false
                if let new { (state.json, state.keys) = new }
            case .failure:
                state.hasFailed = true
            }
            return hadFailed
        }
        log(outcome.map { $0?.keys }, hadFailed: hadFailed)
    }

    private func fetch() async throws(KeySetError) -> [UInt8] {
        let response: CurlResponse
        do {
            response = try await client.send(
                CurlRequest(method: .get, url: url, headers: [.accept: "application/jwk-set+json, application/json"])
            )
        } catch {
            throw KeySetError("\(error)")
        }
        guard response.status == 200 else {
            await response.body.discard()
            throw KeySetError("the answer has status \(response.status), and 200 is expected")
        }
        do {
            return Array(buffer: try await response.body.collect(upTo: Self.mostBytes))
        } catch {
            throw KeySetError("\(error)")
        }
    }

    /// A failure that goes on is told once.
    private func log(_ outcome: Result<KeySet?, KeySetError>, hadFailed: Bool) {
        switch outcome {
        case .success(let new):
            if hadFailed { logger.notice("The key set for tokens can be read again") }
            guard let new else { return }
            logger.info("Keys for tokens were read", metadata: ["usable": .stringConvertible(new.keys.count)])
            for omission in new.omissions {
                logger.notice("A key for tokens is left out", metadata: ["reason": .string(omission)])
            }
            if new.keys.isEmpty { logger.error("The key set for tokens has no usable key") }
        case .failure(let error):
            logger.log(
                level: hadFailed ? .debug : .warning,
                "The key set for tokens cannot be read; the keys known so far stay",
                metadata: ["error": .string(error.description)]
            )
        }
    }
}

extension RemoteKeySet: Service {
    /// Reads the set at the start and whenever it has reached its age, or has failed and the pause is over.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                _ = await self.refreshed()
                let hasFailed = self.state.withLock { $0.hasFailed }
                try? await Task.sleep(for: hasFailed ? self.pause : self.maxAge)
            }
        }
    }
}
