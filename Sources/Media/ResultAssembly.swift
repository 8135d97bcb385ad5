/// Puts the packets of a job's result socket together.
///
/// The child that sends them may have been taken over by the file. What does not fit the order, the limits or the request
/// counts as its death.
package struct ResultAssembly {
    private let request: MediaRequest
    /// The child is confined: from now on it may be the file that speaks.
    private var hasBegun = false
    private var answer: MediaAnswer?
    private var image: [UInt8] = []

    /// Makes an assembly of what a request is answered with.
    package init(of request: MediaRequest) {
        self.request = request
    }

    /// Takes the next packet; answers how the job ended when it has.
    package mutating func take(_ bytes: ArraySlice<UInt8>) -> JobExchange.Outcome? {
        switch ResultPacket(bytes) {
        case .refusal(let failure)? where !hasBegun && failure.isPlausible:
            return .refused(failure)
        case .confined? where !hasBegun:
            hasBegun = true
        case .answer(let answer)? where hasBegun && self.answer == nil && isAcceptable(answer):
            self.answer = answer
        case .image(let piece)? where answer != nil:
            image += piece
        case .verdict(let death)? where death.isVerdict:
            return .died(death)
        default:
            return Self.garbage
        }
        return whole()
    }

    private func whole() -> JobExchange.Outcome? {
        guard let answer else { return nil }
        let expected = answer.planByteCount ?? answer.thumbnail?.byteCount ?? 0
        guard image.count >= expected else { return nil }
        guard image.count == expected else { return Self.garbage }
        if answer.planByteCount != nil {
            guard let plan = StripPlan(encoded: image) else { return Self.garbage }
            return .finished(MediaResult(stripPlan: plan))
        }
        guard image.isEmpty || image.starts(with: Self.beginOfJPEG) else { return Self.garbage }
        let result = MediaResult(
            report: answer.report,
            thumbnail: answer.thumbnail.map {
                Thumbnail(bytes: image, width: $0.width, height: $0.height, mediaType: $0.mediaType)
            },
            failure: answer.failure,
            thumbnailFailure: answer.thumbnailFailure,
            libraryVersion: answer.libraryVersion,
            confinement: answer.confinement
        )
        return .finished(result)
    }

    private func isAcceptable(_ answer: MediaAnswer) -> Bool {
        if let report = answer.report, !report.isPlausible { return false }
        let failures = [answer.failure, answer.thumbnailFailure].compactMap { $0 }
        guard failures.allSatisfy(\.isOfTheFile), hasOnlyItsOwn(answer) else { return false }
        if let byteCount = answer.planByteCount {
            guard request.operation == .strip, answer.thumbnail == nil else { return false }
            return byteCount >= 1 && byteCount <= request.limits.maxAnswerBytes
        }
        guard let thumbnail = answer.thumbnail else { return true }
        guard request.operation == .process, thumbnail.mediaType == ThumbnailInfo.jpeg else { return false }
        let maxWidth = (request.thumbnail ?? ThumbnailSpecification()).effectiveWidth
        let maxHeight = ThumbnailSpecification.maxHeight(forWidth: maxWidth)
        guard thumbnail.width >= 1, thumbnail.width <= maxWidth, thumbnail.height >= 1, thumbnail.height <= maxHeight
        else { return false }
        return thumbnail.byteCount >= 1 && thumbnail.byteCount <= request.limits.maxAnswerBytes
    }

    /// What only one kind of job is answered with is in no other's answer.
    private func hasOnlyItsOwn(_ answer: MediaAnswer) -> Bool {
        guard request.operation == .breakout || answer.confinement == nil else { return false }
        guard let version = answer.libraryVersion else { return true }
        guard request.operation == .ping else { return false }
        return version.utf8.count <= 300 && version.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// SOI and the first byte of the next marker (ITU T.81 B.1.1).
    private static let beginOfJPEG: [UInt8] = [0xFF, 0xD8, 0xFF]

    private static var garbage: JobExchange.Outcome { .died(WorkerDeath(.nonsense)) }
}
