extension MediaRunner {
    /// Has a rendition of a video or a sound encoded by a confined child into `output`, an empty regular file open for reading and
    /// writing.
    ///
    /// Both descriptors stay the caller's. `progress` is told at most twice a second, on any thread. Throws the failure of the job;
    /// what `output` then has in it is worthless. A cancelled task gets the failure `cancelled`, and its child is killed.
    package func transcode(
        _ specification: TranscodeSpecification,
        file descriptor: Int32,
        output: Int32,
        limits: MediaLimits,
        progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async throws(MediaFailure) -> TranscodedFile {
        throw MediaFailure(.workerUnavailable, "Nothing is transcoded yet.")
    }
}
