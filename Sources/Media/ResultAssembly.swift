/// Puts the packets of a job's result socket together.
///
/// What does not fit the order, or the limit, counts as a crash.
package struct ResultAssembly {
    private let maxImageBytes: Int
    private var answer: MediaAnswer?
    private var image: [UInt8] = []

    /// Makes an assembly that takes an image of so many bytes at most.
    package init(maxImageBytes: Int) {
        self.maxImageBytes = maxImageBytes
    }

    /// Takes the next packet; answers the result when it is whole.
    package mutating func take(_ bytes: ArraySlice<UInt8>) -> MediaResult? {
        switch ResultPacket(bytes) {
        case .answer(let answer)? where self.answer == nil:
            guard (0...maxImageBytes).contains(answer.thumbnail?.byteCount ?? 0) else { return Self.garbage }
            self.answer = answer
        case .image(let piece)? where answer != nil:
            image += piece
        case .verdict(let failure)?:
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

    private static var garbage: MediaResult {
        MediaResult(failure: MediaFailure(.crashed, "The worker's answer makes no sense."))
    }
}
