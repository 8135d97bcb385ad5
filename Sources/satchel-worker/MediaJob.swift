import CImages
import CLibAV
import CProcess
import CVips
import Media

/// One job, done in a process that may well die of it.
struct MediaJob {
    let request: MediaRequest
    /// Nil where there is no regular file to work on.
    let bytes: FileBytes?
    private let startedAt = MonotonicClock.milliseconds()

    init(request: MediaRequest, bytes: FileBytes?) {
        self.request = request
        self.bytes = bytes
    }

    /// The answer, and the pictures that go with it, one behind the other.
    ///
    /// `progress` is told how far a transcoding is, in percent, as often as that is known.
    func run(progress: (Int) -> Void = { _ in }) -> (answer: MediaAnswer, image: [UInt8]) {
        guard request.operation != .ping else { return (MediaAnswer(libraryVersion: Self.libraryVersion), []) }
        do {
            return request.operation == .transcode ? try transcoded(progress) : try media()
        } catch {
            return (MediaAnswer(failure: error), [])
        }
    }

    private func media() throws(MediaFailure) -> (answer: MediaAnswer, image: [UInt8]) {
        guard let bytes else { throw MediaFailure(.unreadable, "The file is not a regular one.") }
        guard request.operation != .strip else { return try plan(for: bytes) }
        let start = MonotonicClock.microseconds()
        if ImageFormat.isConceivable(bytes),
            let still = try StillImage(ByteView(ImageBytes(mapping: bytes)), maxPixels: maxPixels)
        {
            return answer(still.report, hasPicture: true, since: start) { still }
        }
        var file = try ProbedFile(bytes, maxPixels: maxPixels)
        if file.lacksDuration || file.lacksFrameRate {
            file.complete(with: try PacketScan(bytes, maxPixels: maxPixels).run())
        }
        var (answer, image) = answer(file.report, hasPicture: file.hasPicture, since: start) {
            () throws(MediaFailure) in
            try RepresentativePicture(
                of: file,
                bytes: bytes,
                maxPixels: maxPixels,
                bounds: PictureBounds(largest(of: specifications(for: file.report))),
                atMilliseconds: Int64(max(request.positionMilliseconds, 0))
            )
        }
        if request.operation == .process, request.makesStoryboard { add(storyboardOf: file, to: &answer, &image) }
        return (answer, image)
    }

    /// Adds a storyboard, if the video is one that has it.
    private func add(storyboardOf file: ProbedFile, to answer: inout MediaAnswer, _ image: inout [UInt8]) {
        do throws(MediaFailure) {
            // What is made by then leaves time for the rest.
            let deadline = startedAt + Int64(request.limits.wallClockMilliseconds / 2)
            var maker = try StoryboardMaker(file, maxPixels: maxPixels, deadline: deadline)
            guard let storyboard = try maker?.storyboard() else { return }
            let picture = try Renditions.render(
                storyboard.sprite,
                as: .storyboard,
                maxByteCount: request.limits.maxAnswerBytes
            )
            answer.renditions.append(picture.info)
            answer.storyboard = storyboard.index
            image += picture.bytes
        } catch {
            answer.reason = answer.reason ?? error
        }
    }

    /// The answer with a report and, where they are asked for, the pictures of a source that is opened for them.
    ///
    /// `start` is when the probe began, by the monotonic clock.
    private func answer(
        _ report: MediaReport,
        hasPicture: Bool,
        since start: Int64,
        _ open: () throws(MediaFailure) -> any PictureSource
    ) -> (answer: MediaAnswer, image: [UInt8]) {
        let probed = MonotonicClock.microseconds()
        var answer = MediaAnswer(report: report, timings: MediaTimings(probeMicroseconds: probed - start))
        guard request.operation == .process, hasPicture else { return (answer, []) }
        let image = render(into: &answer, open)
        answer.timings?.renderMicroseconds = MonotonicClock.microseconds() - probed
        return (answer, image)
    }

    /// The bytes of the pictures that can be made; the answer tells what they are.
    private func render(
        into answer: inout MediaAnswer,
        _ open: () throws(MediaFailure) -> any PictureSource
    ) -> [UInt8] {
        guard let report = answer.report else { return [] }
        do throws(MediaFailure) {
            let renditions = Renditions(
                of: try open(),
                as: specifications(for: report),
                maxByteCount: request.limits.maxAnswerBytes
            )
            answer.renditions = renditions.pictures.map(\.info)
            answer.placeholder = renditions.placeholder
            answer.reason = renditions.reason
            return renditions.pictures.flatMap(\.bytes)
        } catch {
            answer.reason = error
            return []
        }
    }

    private func transcoded(_ progress: (Int) -> Void) throws(MediaFailure) -> (answer: MediaAnswer, image: [UInt8]) {
        guard let bytes, let specification = request.transcode else {
            throw MediaFailure(.invalidData, "The job has no file, or does not say what to make of it.")
        }
        let output = try OutputStream(descriptor: SATCHEL_JOB_OUTPUT)
        let made =
            specification.container == .webp
            ? try StillTranscoding(bytes, into: output, as: specification, maxPixels: maxPixels).run()
            : try Transcoding(bytes, into: output, as: specification, maxPixels: maxPixels).run(progress)
        let file = made.encoded
        guard file.count <= request.limits.maxAnswerBytes else {
            throw MediaFailure(.answerTooLarge, "The index of the segments has more bytes than the limit.")
        }
        return (MediaAnswer(transcodedByteCount: file.count), file)
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

    /// The specifications that apply to a file.
    private func specifications(for report: MediaReport) -> [RenditionSpecification] {
        request.renditions.prefix(MediaRequest.maxRenditionCount)
            .filter { $0.scope == .all || report.isStillImage }
    }

    /// That with the most pixels; where there is none at all, what a placeholder is made of will do.
    private func largest(of specifications: [RenditionSpecification]) -> RenditionSpecification {
        specifications.max { $0.effectivePixels < $1.effectivePixels } ?? .thumbnail
    }

    private var maxPixels: Int64 { max(request.limits.maxPixels, 1) }

    /// The libraries' versions, for example `libavformat 59.27.100, libvips 8.14.1, libheif 1.15.1, libjxl 0.7.0`.
    static var libraryVersion: String {
        let format = avformat_version()
        let jxl = JxlDecoderVersion()
        return [
            "libavformat \(format >> 16).\(format >> 8 & 0xFF).\(format & 0xFF)",
            "libvips \(vips_version(0)).\(vips_version(1)).\(vips_version(2))",
            "libheif \(String(cString: heif_get_version()))",
            "libjxl \(jxl / 1_000_000).\(jxl / 1_000 % 1_000).\(jxl % 1_000)",
        ]
        .joined(separator: ", ")
    }
}
