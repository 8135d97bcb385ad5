/// Puts the packets of a job's result socket together.
///
/// The child that sends them may have been taken over by the file. What does not fit the order, the limits or the request
/// counts as its death.
package struct ResultAssembly {
    private let request: MediaRequest
    /// The child is confined: from now on it may be the file that speaks.
    private var hasBegun = false
    private var answer: MediaAnswer?
    private var bytes: [UInt8] = []
    /// How far the job was when it told so last.
    package private(set) var progress: TranscodeProgress?

    /// Makes an assembly of what a request is answered with.
    package init(of request: MediaRequest) {
        self.request = request
    }

    /// Takes the next packet; answers how the job ended when it has.
    package mutating func take(_ packet: ArraySlice<UInt8>) -> JobExchange.Outcome? {
        switch ResultPacket(packet) {
        case .refusal(let failure)? where !hasBegun && failure.isPlausible:
            return .refused(failure)
        case .confined? where !hasBegun:
            hasBegun = true
        case .progress(let progress)? where hasBegun && answer == nil && isAcceptable(progress):
            self.progress = progress
        case .answer(let answer)? where hasBegun && self.answer == nil && isAcceptable(answer):
            self.answer = answer
        case .image(let piece)? where answer != nil:
            bytes += piece
        case .verdict(let death)? where death.isVerdict:
            return .died(death)
        default:
            return Self.garbage
        }
        return whole()
    }

    private func whole() -> JobExchange.Outcome? {
        guard let answer else { return nil }
        let expected =
            answer.planByteCount ?? answer.transcodedByteCount ?? answer.renditions.reduce(0) { $0 + $1.byteCount }
        guard bytes.count >= expected else { return nil }
        guard bytes.count == expected else { return Self.garbage }
        if answer.planByteCount != nil {
            guard let plan = StripPlan(encoded: bytes) else { return Self.garbage }
            return .finished(MediaResult(stripPlan: plan))
        }
        if answer.transcodedByteCount != nil {
            guard let specification = request.transcode, let file = TranscodedFile(encoded: bytes),
                file.isPlausible(for: specification)
            else { return Self.garbage }
            return .finished(MediaResult(transcoded: file))
        }
        var pictures: [RenderedPicture] = []
        var rest = bytes[...]
        for info in answer.renditions {
            let picture = RenderedPicture(
                name: info.name,
                bytes: [UInt8](rest.prefix(info.byteCount)),
                width: info.width,
                height: info.height,
                mediaType: info.mediaType
            )
            guard picture.beginsAsDeclared else { return Self.garbage }
            pictures.append(picture)
            rest = rest.dropFirst(info.byteCount)
        }
        let result = MediaResult(
            report: answer.report,
            renditions: pictures,
            placeholder: answer.placeholder,
            storyboard: answer.storyboard,
            failure: answer.failure,
            reason: answer.reason,
            libraryVersion: answer.libraryVersion,
            confinement: answer.confinement,
            timings: answer.timings
        )
        return .finished(result)
    }

    private func isAcceptable(_ answer: MediaAnswer) -> Bool {
        if let report = answer.report, !report.isPlausible { return false }
        if let timings = answer.timings, !timings.isPlausible { return false }
        let failures = [answer.failure, answer.reason].compactMap { $0 }
        guard failures.allSatisfy(\.isOfTheFile), hasOnlyItsOwn(answer) else { return false }
        if let byteCount = answer.planByteCount {
            return request.operation == .strip && answer.transcodedByteCount == nil && isAlone(byteCount, answer)
        }
        if let byteCount = answer.transcodedByteCount {
            return request.operation == .transcode && answer.report == nil && isAlone(byteCount, answer)
        }
        if let placeholder = answer.placeholder, !Self.isPlaceholder(placeholder) { return false }
        guard !answer.renditions.isEmpty || answer.placeholder != nil || answer.storyboard != nil else { return true }
        guard request.operation == .process, isStoryboardAcceptable(answer) else { return false }
        var open = request.renditions.prefix(MediaRequest.maxRenditionCount)
        if answer.storyboard != nil { open.append(.storyboard) }
        return answer.renditions.allSatisfy { info in
            // In the order of the request, and each at most once.
            guard let index = open.firstIndex(where: { $0.name == info.name }) else { return false }
            let specification = open[index]
            open = open[(index + 1)...]
            return specification.allows(info)
                && info.byteCount >= 1 && info.byteCount <= request.limits.maxAnswerBytes
        }
    }

    /// So many bytes, and no pictures, follow the answer.
    private func isAlone(_ byteCount: Int, _ answer: MediaAnswer) -> Bool {
        answer.renditions.isEmpty && answer.placeholder == nil && answer.storyboard == nil
            && byteCount >= 1 && byteCount <= request.limits.maxAnswerBytes
    }

    private func isAcceptable(_ progress: TranscodeProgress) -> Bool {
        request.operation == .transcode && (0...100).contains(progress.percent)
    }

    /// A storyboard and its index come together, and where they were asked for.
    private func isStoryboardAcceptable(_ answer: MediaAnswer) -> Bool {
        guard let index = answer.storyboard else { return true }
        guard request.makesStoryboard, let picture = answer.renditions.last,
            picture.name == RenditionSpecification.storyboard.name
        else { return false }
        return index.fits(width: picture.width, height: picture.height)
    }

    /// What only one kind of job is answered with is in no other's answer.
    private func hasOnlyItsOwn(_ answer: MediaAnswer) -> Bool {
        guard request.operation == .breakout || answer.confinement == nil else { return false }
        guard let version = answer.libraryVersion else { return true }
        guard request.operation == .ping else { return false }
        return version.utf8.count <= 300 && version.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// Base64 of a hash of some two dozen bytes.
    private static func isPlaceholder(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
                    true
                default: false
                }
            }
    }

    private static var garbage: JobExchange.Outcome { .died(WorkerDeath(.nonsense)) }
}

extension RenditionSpecification {
    /// A picture of such a size and type can be one of this specification.
    fileprivate func allows(_ info: RenditionInfo) -> Bool {
        let most = maxSize
        guard (1...most.width).contains(info.width), (1...most.height).contains(info.height) else { return false }
        switch info.mediaType {
        case RenditionInfo.jpeg: return format == .jpeg
        case RenditionInfo.webP: return format == .webp || alpha == .kept
        default: return false
        }
    }
}

extension RenderedPicture {
    /// The first bytes are those of the media type.
    fileprivate var beginsAsDeclared: Bool {
        switch mediaType {
        // SOI and the first byte of the next marker (ITU T.81 B.1.1).
        case RenditionInfo.jpeg: bytes.starts(with: [0xFF, 0xD8, 0xFF])
        // RFC 9649, 2.4.
        case RenditionInfo.webP: bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBP".utf8)
        default: false
        }
    }
}
