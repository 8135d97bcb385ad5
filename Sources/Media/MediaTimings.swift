/// How long a worker took over the parts of a job, by its own clock.
package struct MediaTimings: Codable, Sendable, Equatable {
    /// Finding out what the file is, in microseconds.
    package var probeMicroseconds: Int64
    /// Making pictures of it, in microseconds; nil where none were to be made.
    package var renderMicroseconds: Int64?

    /// Makes timings.
    package init(probeMicroseconds: Int64, renderMicroseconds: Int64? = nil) {
        self.probeMicroseconds = probeMicroseconds
        self.renderMicroseconds = renderMicroseconds
    }

    /// No part took less than nothing, or more than an hour: longer than any job may take.
    var isPlausible: Bool {
        let possible: ClosedRange<Int64> = 0...3_600_000_000
        return possible.contains(probeMicroseconds) && renderMicroseconds.map(possible.contains) != false
    }
}
