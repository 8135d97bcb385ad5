import CLibAV
import Media

/// One job, done in a process that may well die of it.
struct MediaJob {
    let request: MediaRequest
    /// Nil where there is no regular file to work on.
    let bytes: FileBytes?

    /// The answer, and the image that goes with it.
    func run() -> (answer: MediaAnswer, image: [UInt8]) {
        guard request.operation != .ping else { return (MediaAnswer(libraryVersion: Self.libraryVersion), []) }
        do {
            return try media()
        } catch {
            return (MediaAnswer(failure: error), [])
        }
    }

    private func media() throws(MediaFailure) -> (answer: MediaAnswer, image: [UInt8]) {
        guard let bytes else { throw MediaFailure(.unreadable, "The file is not a regular one.") }
        guard request.operation != .strip else { return try plan(for: bytes) }
        let maxPixels = max(request.limits.maxPixels, 1)
        var file = try ProbedFile(bytes, maxPixels: maxPixels)
        if file.lacksDuration || file.lacksFrameRate {
            file.complete(with: try PacketScan(bytes, maxPixels: maxPixels).run())
        }
        var answer = MediaAnswer(report: file.report)
        guard request.operation == .process, file.video != nil else { return (answer, []) }
        let thumbnailer = Thumbnailer(
            file: file,
            bytes: bytes,
            specification: request.thumbnail ?? ThumbnailSpecification(),
            maxPixels: maxPixels
        )
        do throws(MediaFailure) {
            let thumbnail = try thumbnailer.thumbnail()
            guard thumbnail.bytes.count <= request.limits.maxAnswerBytes else {
                throw MediaFailure(.answerTooLarge, "The thumbnail has more bytes than the limit.")
            }
            answer.thumbnail = ThumbnailInfo(
                width: thumbnail.width,
                height: thumbnail.height,
                mediaType: thumbnail.mediaType,
                byteCount: thumbnail.bytes.count
            )
            return (answer, thumbnail.bytes)
        } catch {
            answer.thumbnailFailure = error
            return (answer, [])
        }
    }

    private func plan(for bytes: FileBytes) throws(MediaFailure) -> (answer: MediaAnswer, image: [UInt8]) {
        do throws(StripError) {
            let plan = try Stripper.plan(for: bytes, mode: request.strip ?? .all).encoded
            guard plan.count <= request.limits.maxAnswerBytes else {
                throw StripError(.tooComplex, "The plan has more bytes than the limit.")
            }
            return (MediaAnswer(planByteCount: plan.count), plan)
        } catch {
            throw MediaFailure(error)
        }
    }

    /// libavformat's version, for example `59.27.100`.
    static var libraryVersion: String {
        let version = avformat_version()
        return "\(version >> 16).\(version >> 8 & 0xFF).\(version & 0xFF)"
    }
}
