package import Media

/// Which renditions of videos, sounds and still pictures the operator wants, and what making one may use up.
package struct TranscodingConfiguration: Sendable, Equatable {
    /// The videos (MP4); the largest that can be made of a file can take the original's place.
    package var videos: [TranscodeSpecification]
    /// The sounds; that with the highest bit rate that can be made of a file can take the original's place.
    package var sounds: [TranscodeSpecification]
    /// The still pictures (WebP); the largest that can be made of a file can take the original's place.
    package var stills: [TranscodeSpecification]
    /// The steps of the ladder for HTTP Live Streaming; empty where there is none.
    package var ladder: [TranscodeSpecification]
    /// Whether originals stay when there is a rendition that can take its place.
    package var keepsOriginal: Bool
    /// The wall-clock limit of one job.
    package var timeout: Duration
    /// The most memory that one job may map, in bytes.
    package var memoryBytes: Int64

    /// Makes a configuration with the documented defaults: nothing is made.
    package init(
        videos: [TranscodeSpecification] = [],
        sounds: [TranscodeSpecification] = [],
        stills: [TranscodeSpecification] = [],
        ladder: [TranscodeSpecification] = [],
        keepsOriginal: Bool = true,
        timeout: Duration = .seconds(3600),
        memoryBytes: Int64 = 2 << 30
    ) {
        self.videos = videos
        self.sounds = sounds
        self.stills = stills
        self.ladder = ladder
        self.keepsOriginal = keepsOriginal
        self.timeout = timeout
        self.memoryBytes = memoryBytes
    }

    /// Whether anything is to be made of any file.
    package var isEmpty: Bool { videos.isEmpty && sounds.isEmpty && stills.isEmpty && ladder.isEmpty }

    /// What is to be made under a name; nil where nothing of it is configured.
    func specification(named name: String) -> TranscodeSpecification? {
        (videos + sounds + stills + ladder).first { $0.name == name }
    }
}
