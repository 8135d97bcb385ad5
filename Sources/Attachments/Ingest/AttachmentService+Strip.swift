import Catalog
import Logging
import Media

extension AttachmentService {
    /// Whether files of a type lose metadata before they are stored.
    func strips(_ mediaType: String) -> Bool {
        configuration.stripMetadata != .off && StrippableType.contains(mediaType)
    }

    /// Asks the worker how the metadata of a file is taken out, when it is the user's turn.
    ///
    /// Nil where the file is to be stored as it came. While the worker is away, or has too much to do, nothing is stored
    /// rather than too much: that throws an error which tells the client to come again.
    func stripPlan(for file: SpoolFile, mediaType: String, of user: String) async throws -> StripPlan? {
        var failure: MediaFailure?
        // One death of the worker may have had another cause.
        for _ in 0..<Self.deadlyWorkerDeaths where failure?.isWorkerDeath ?? true {
            let result = try await mediaQueue.withTurn(of: user, isBounded: true) {
                await media.run(stripRequest, file: file.descriptor)
            }
            if let plan = result.stripPlan { return plan.isEmpty ? nil : plan }
            failure = result.failure
        }
        try Task.checkCancellation()
        let last = failure ?? MediaFailure(.crashed, "The worker gave no plan.")
        guard last.tellsOfTheFile else { throw AttachmentError.mediaUnavailable(last) }
        guard configuration.unstrippableFiles == .store else {
            throw AttachmentError.metadataNotRemovable(mediaType, last)
        }
        logger.notice("A file is stored with its metadata, which cannot be taken out", metadata: ["error": "\(last)"])
        return nil
    }

    private var stripRequest: MediaRequest {
        MediaRequest(operation: .strip, strip: configuration.stripMetadata, limits: mediaLimits)
    }
}
