import Glibc

extension MediaRunner {
    /// Has a rendition of a video, a sound or a still picture encoded by a confined child into `output`, an empty regular file open for reading and
    /// writing.
    ///
    /// Both descriptors stay the caller's and keep their offsets. `progress` is told at most twice a second, on any thread. Throws
    /// the failure of the job; what `output` then has in it is worthless. A cancelled task gets the failure `cancelled`, and its
    /// child is killed.
    package func transcode(
        _ specification: TranscodeSpecification,
        file descriptor: Int32,
        output: Int32,
        limits: MediaLimits,
        progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async throws(MediaFailure) -> TranscodedFile {
        let request = MediaRequest(operation: .transcode, renditions: [], transcode: specification, limits: limits)
        let result = await run(request, file: descriptor, output: output, progress: progress)
        guard let file = result.transcoded else {
            throw result.failure ?? MediaFailure(.crashed, "The worker does not tell what it wrote.")
        }
        // What the child says of its own work is held against the file: a taken-over one may say anything.
        guard Self.byteCount(of: output) == file.byteCount else {
            throw MediaFailure(.crashed, "The output is not what the worker says of it.")
        }
        return file
    }

    /// The length of a regular file, by an opening of its own; -1 where it cannot be told.
    private static func byteCount(of descriptor: Int32) -> Int64 {
        let file = open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return -1 }
        defer { close(file) }
        return Int64(lseek(file, 0, SEEK_END))
    }
}
