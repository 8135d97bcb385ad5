/// How fast something moves now: over the last stretch of time, not since the beginning.
package struct RateMeter: Sendable {
    private struct Sample {
        let instant: ContinuousClock.Instant
        let bytes: Int64
        let objects: Int64
    }

    private let span: Duration
    private var samples: [Sample] = []

    /// Measures over such a span.
    package init(span: Duration = .seconds(20)) {
        self.span = span
    }

    /// Takes the counts as they are at an instant; to be called at least some times in a span.
    package mutating func note(bytes: Int64, objects: Int64, at instant: ContinuousClock.Instant) {
        samples.append(Sample(instant: instant, bytes: bytes, objects: objects))
        // One sample from before the span stays: from there on it is measured.
        let begin = instant - span
        while samples.count > 2, samples[1].instant <= begin { samples.removeFirst() }
    }

    /// Forgets what was: after a pause, for example.
    package mutating func reset() {
        samples.removeAll()
    }

    /// Bytes and objects a second; nil until a second has been measured.
    package var current: (bytesPerSecond: Double, objectsPerSecond: Double)? {
        guard let first = samples.first, let last = samples.last else { return nil }
        let seconds = first.instant.duration(to: last.instant) / .seconds(1)
        guard seconds >= 1 else { return nil }
        return (
            bytesPerSecond: Double(last.bytes - first.bytes) / seconds,
            objectsPerSecond: Double(last.objects - first.objects) / seconds
        )
    }
}
