import Attachments
import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// What happens to an attachment, told while it happens: server-sent events
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct EventRoutes: Sendable {
    private let attachments: AttachmentService
    /// The streams that are open: each holds a connection, and asks the catalog every now and then.
    private let streams = UserPlaces(capacity: Self.capacity)

    /// The most streams at a time.
    private static let capacity = 256
    /// The most streams of one user at a time.
    private static let capacityPerUser = 16
    /// How long a stream lasts at most; who wants to know more asks again.
    static let longest = Duration.seconds(600)
    /// After so long without an event a comment tells that the connection is alive.
    static let silence = Duration.seconds(15)
    /// A stream that has had nothing to read from for so long ends: it would say that nothing happens, and nobody knows.
    static let patience = Duration.seconds(10)

    init(attachments: AttachmentService) {
        self.attachments = attachments
    }

    func add(to table: RouteTable) {
        table.add("/attachments/{id}/events", answersJSON: false, [.get: { try await follow($0, $1) }])
    }

    private func follow(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        guard let id = UUID(text: context.pathText("id")) else { throw RequestError.attachmentNotFound }
        let requester = context.requester(of: request)
        let watch = try await attachments.watch(id: id, for: requester)
        let headers: HTTPFields = [
            .contentType: "text/event-stream; charset=utf-8",
            // It holds presigned URLs; and proxies that gather what they pass on would keep it to themselves.
            .cacheControl: "no-store",
            .xAccelBuffering: "no",
        ]
        guard request.method == .get else { return Response(status: .ok, headers: headers) }
        guard let place = streams.take(for: requester.userID, limit: Self.capacityPerUser) else {
            throw RequestError.tooManyStreams
        }
        var logger = context.logger
        logger[metadataKey: "attachment"] = .string(id.text)
        let (log, base) = (logger, RequestBase.current)
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                try await Self.tell(watch, below: base, to: &writer, log)
                try await writer.finish(nil)
                withExtendedLifetime(place) {}
            }
        )
    }

    /// Writes what happens until there is nothing more to come, the time is over, the catalog cannot be read for too long, or the
    /// server shuts down.
    ///
    /// The body is written when the handling of the request is over: what that was sent to is given along, for the URLs in the events.
    @concurrent private static func tell(
        _ watch: AttachmentWatch,
        below base: String?,
        to writer: inout any ResponseBodyWriter,
        _ logger: Logger
    ) async throws {
        var watch = watch
        let start = ContinuousClock.now
        var lastWrite = start
        var lastLook = start
        var hasWarned = false
        while true {
            var events: [AttachmentNews] = []
            do {
                events = try await RequestBase.$current.withValue(base) { try await watch.look() }
                lastLook = .now
            } catch {
                try Task.checkCancellation()
                // What cannot be told now (the catalog is busy) is told a moment later.
                if !hasWarned {
                    hasWarned = true
                    logger.warning(
                        "An event stream cannot be told of its attachment",
                        metadata: ["reason": .string("\(error)")]
                    )
                }
                guard lastLook.duration(to: .now) < patience else { return }
            }
            if !events.isEmpty {
                try await writer.write(ByteBuffer(bytes: events.flatMap { EventText($0).bytes }))
                lastWrite = .now
            }
            let now = ContinuousClock.now
            guard !watch.isOver, start.duration(to: now) < longest, !Task.isShuttingDownGracefully else { return }
            if lastWrite.duration(to: now) >= silence {
                try await writer.write(ByteBuffer(string: ":\n\n"))
                lastWrite = now
            }
            try await Task.sleep(for: AttachmentWatch.interval)
        }
    }
}

/// One event in the form in which it is sent.
struct EventText {
    let bytes: [UInt8]

    init(_ event: AttachmentNews) {
        switch event {
        case .processing(let jobs): self.init("processing", JSONText.bytes(of: ProcessingJSON(jobs: jobs)))
        case .ready(let view): self.init("ready", JSONText.bytes(of: AttachmentJSON(view: view)))
        case .failed(let view): self.init("failed", JSONText.bytes(of: AttachmentJSON(view: view)))
        case .deleted: self.init("deleted", Array("{}".utf8))
        }
    }

    /// The JSON has no line break, so it is one line of data.
    private init(_ name: String, _ json: [UInt8]) {
        bytes = Array("event: \(name)\ndata: ".utf8) + json + Array("\n\n".utf8)
    }
}

extension RequestError {
    fileprivate static let tooManyStreams = RequestError(
        status: .serviceUnavailable,
        code: "too_many_streams",
        message: "Too many event streams are open. Close others, or ask for the attachment every now and then.",
        retryAfter: .seconds(10)
    )
}
