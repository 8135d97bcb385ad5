import Media

extension MediaFailure {
    /// Says in the worker's codes why a file cannot be stripped.
    init(_ error: StripError) {
        switch error.reason {
        case .unsupported: self.init(.unsupportedFormat, error.message)
        // The job has begun: that the file cannot be read is the file's failure now, and no reason to try again without end.
        case .unreadable, .malformed, .tooComplex, .incomplete: self.init(.invalidData, error.message)
        }
    }
}
