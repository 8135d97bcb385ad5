/// The numbers that count, whatever a specification says.
extension TranscodeSpecification {
    /// The names of x264's presets, from the fastest to the slowest.
    package static let presets = [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
    ]

    /// The most pixels of the shorter side, 16 to 4,320; nil where nothing bounds them.
    package var effectiveShortEdge: Int? { shortEdge.map { min(max($0, 16), 4_320) } }

    /// The rate factors that there are, 1 to 51.
    ///
    /// At 0 x264 encodes without a loss, and opens no encoder of the profile High: that has no lossless coding, which begins with High
    /// 4:4:4 Predictive (ITU-T H.264, A.2.7), a profile that browsers and phones do not decode.
    package static let crfs = 1...51

    /// The rate factor, within `crfs`.
    package var effectiveCRF: Int { min(max(crf, Self.crfs.lowerBound), Self.crfs.upperBound) }

    /// The most kbit/s of the picture, 50 to 200,000; nil where only the rate factor counts.
    package var effectiveMaxBitrate: Int? { maxBitrate.map { min(max($0, 50), 200_000) } }

    /// Seconds between key frames, 0.25 to 20.
    package var effectiveKeyFrameSeconds: Double { Self.clamped(keyFrameSeconds, to: 0.25...20, else: 2) }

    /// Frames a second, 1 to 240.
    package var effectiveMaxFrameRate: Double { Self.clamped(maxFrameRate, to: 1...240, else: 60) }

    /// The preset; `medium` for a name that is none.
    package var effectivePreset: String { Self.presets.contains(preset) ? preset : "medium" }

    /// B-frames are placed by weighing all ways over the pictures that the encoder looks ahead at, not by a guess at each.
    ///
    /// That is worth a few hundredths of the bit rate, of a hand's movements under grain near to a tenth, for as much of the
    /// time. A preset faster than `medium` is chosen for its time; those slower than `slow` weigh of themselves.
    package var weighsBFrames: Bool { effectivePreset == "medium" || effectivePreset == "slow" }

    /// The kbit/s of the sound, 16 to 320.
    package var effectiveAudioBitrate: Int { min(max(audioBitrate, 16), 320) }

    /// There is to be a picture, where the source has one.
    package var hasPicture: Bool {
        switch container {
        case .mp4, .fragmented, .webp: true
        case .m4a, .opus: false
        }
    }

    /// The most pixels of a still picture's longer side, 16 to 16,383: WebP has no side of more (RFC 9649, 2.6).
    package var effectiveLongEdge: Int { min(max(longEdge ?? 16_383, 16), 16_383) }

    private static func clamped(_ number: Double, to range: ClosedRange<Double>, else fallback: Double) -> Double {
        number.isFinite ? min(max(number, range.lowerBound), range.upperBound) : fallback
    }
}
