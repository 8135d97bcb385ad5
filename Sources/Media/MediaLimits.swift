/// What one job may use up.
package struct MediaLimits: Codable, Sendable, Equatable {
    /// The time from the worker's taking the job to its being killed.
    package var wallClockMilliseconds: Int
    /// Processor seconds.
    package var cpuSeconds: Int
    /// Address space of the job's process, the libraries' own (some 250 MB) included; 0 for no limit.
    package var addressSpaceBytes: Int64
    /// The most pixels of a picture that is decoded.
    package var maxPixels: Int64
    /// The most bytes of one rendered picture.
    package var maxAnswerBytes: Int
    /// The most bytes of a file that the job writes.
    package var maxOutputBytes: Int64

    /// Makes limits that suit phone videos and camera pictures.
    package init(
        wallClockMilliseconds: Int = 30_000,
        cpuSeconds: Int = 20,
        addressSpaceBytes: Int64 = 1 << 30,
        maxPixels: Int64 = 50_000_000,
        maxAnswerBytes: Int = 4 << 20,
        maxOutputBytes: Int64 = 4 << 30
    ) {
        self.wallClockMilliseconds = wallClockMilliseconds
        self.cpuSeconds = cpuSeconds
        self.addressSpaceBytes = addressSpaceBytes
        self.maxPixels = maxPixels
        self.maxAnswerBytes = maxAnswerBytes
        self.maxOutputBytes = maxOutputBytes
    }
}
