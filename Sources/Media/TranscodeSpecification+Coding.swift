extension TranscodeSpecification {
    enum CodingKeys: String, CodingKey {
        case name, container, shortEdge, crf, maxBitrate, keyFrameSeconds, maxFrameRate, preset, audioBitrate, longEdge,
            quality
    }

    /// Reads a specification; all but the container may be left out, and is then what the initialiser has for it.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try values.decodeIfPresent(String.self, forKey: .name) ?? "rendition",
            container: try values.decode(Container.self, forKey: .container),
            shortEdge: try values.decodeIfPresent(Int.self, forKey: .shortEdge)
        )
        crf = try values.decodeIfPresent(Int.self, forKey: .crf) ?? crf
        maxBitrate = try values.decodeIfPresent(Int.self, forKey: .maxBitrate)
        keyFrameSeconds = try values.decodeIfPresent(Double.self, forKey: .keyFrameSeconds) ?? keyFrameSeconds
        maxFrameRate = try values.decodeIfPresent(Double.self, forKey: .maxFrameRate) ?? maxFrameRate
        preset = try values.decodeIfPresent(String.self, forKey: .preset) ?? preset
        audioBitrate = try values.decodeIfPresent(Int.self, forKey: .audioBitrate) ?? audioBitrate
        longEdge = try values.decodeIfPresent(Int.self, forKey: .longEdge)
        quality = try values.decodeIfPresent(Int.self, forKey: .quality) ?? quality
    }
}
