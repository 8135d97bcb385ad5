/// Puts the packets of a job's result socket together.
///
/// The child that sends them may have been taken over by the file. What does not fit the order, the limits or the request
/// counts as a crash.
package struct ResultAssembly {
    private let request: MediaRequest
    private var answer: MediaAnswer?
    private var image: [UInt8] = []

    /// Makes an assembly of what a request is answered with.
    package init(of request: MediaRequest) {
        self.request = request
    }

    /// Takes the next packet; answers the result when it is whole.
    package mutating func take(_ bytes: ArraySlice<UInt8>) -> MediaResult? {
        switch ResultPacket(bytes) {
        case .answer(let answer)? where self.answer == nil:
            guard isAcceptable(answer) else { return Self.garbage }
            self.answer = answer
        case .image(let piece)? where answer != nil:
            image += piece
        case .verdict(let failure)? where failure.isPlausible:
            return MediaResult(failure: failure)
        default:
            return Self.garbage
        }
        return whole()
    }

    private func whole() -> MediaResult? {
        guard let answer else { return nil }
        let expected = answer.thumbnail?.byteCount ?? 0
        guard image.count >= expected else { return nil }
        guard image.count == expected else { return Self.garbage }
        guard image.isEmpty || image.starts(with: Self.beginOfJPEG) else { return Self.garbage }
        return MediaResult(
            report: answer.report,
            thumbnail: answer.thumbnail.map {
                Thumbnail(bytes: image, width: $0.width, height: $0.height, mediaType: $0.mediaType)
            },
            failure: answer.failure,
            thumbnailFailure: answer.thumbnailFailure,
            libraryVersion: answer.libraryVersion
        )
    }

    private func isAcceptable(_ answer: MediaAnswer) -> Bool {
        if let report = answer.report, !report.isPlausible { return false }
        for failure in [answer.failure, answer.thumbnailFailure].compactMap({ $0 }) where !failure.isPlausible {
            return false
        }
        guard let thumbnail = answer.thumbnail else { return true }
        guard request.operation == .process, thumbnail.mediaType == ThumbnailInfo.jpeg else { return false }
        let maxWidth = (request.thumbnail ?? ThumbnailSpecification()).effectiveWidth
        let maxHeight = ThumbnailSpecification.maxHeight(forWidth: maxWidth)
        guard thumbnail.width >= 1, thumbnail.width <= maxWidth, thumbnail.height >= 1, thumbnail.height <= maxHeight
        else { return false }
        return thumbnail.byteCount >= 1 && thumbnail.byteCount <= request.limits.maxAnswerBytes
    }

    /// SOI and the first byte of the next marker (ITU T.81 B.1.1).
    private static let beginOfJPEG: [UInt8] = [0xFF, 0xD8, 0xFF]

    private static var garbage: MediaResult {
        MediaResult(failure: MediaFailure(.crashed, "The worker's answer makes no sense."))
    }
}
