import Attachments
package import Catalog
import Media

extension ConfigurationSource {
    /// Which rendition takes the place of an original, for the commands that cancel jobs.
    package func loadReplacementRule() async throws(ConfigurationFaults) -> ReplacementRule {
        var reader = strictReader()
        let transcoding = await reader.transcoding(besides: [])
        guard reader.faults.isEmpty else { throw ConfigurationFaults(faults: reader.faults) }
        return transcoding.replacementRule
    }
}

extension StrictReader {
    /// The renditions that jobs of their own make; `pictures` are the names of those that are made when a file is probed.
    mutating func transcoding(besides pictures: [String]) async -> TranscodingConfiguration {
        let videos = await videos()
        let sounds = await sounds()
        let stills = await stills()
        let names = (videos + sounds + stills).map(\.name)
        for name in Set(names).sorted() where pictures.contains(name) || names.count(where: { $0 == name }) > 1 {
            let reason = "is the name of more than one rendition; an attachment has each name once"
            report(ConfigurationFault("renditions", value: name, reason))
        }
        let most = Self.mostRenditions
        if names.count > most {
            report(ConfigurationFault("renditions", value: "\(names.count)", "are too many; at most \(most)"))
        }
        let ladder = await ladder(of: videos)
        let keepsOriginal = await boolean(.renditionsKeepOriginal, default: true)
        if !keepsOriginal, names.isEmpty {
            let reason = """
                needs a rendition that can take the original's place: set renditions.video.NAME.shortEdge, \
                renditions.audio.NAME.bitrate or renditions.image.NAME.longEdge
                """
            report(ConfigurationFault(.renditionsKeepOriginal, value: "false", reason))
        }
        return TranscodingConfiguration(
            videos: videos,
            sounds: sounds,
            stills: stills,
            ladder: ladder,
            keepsOriginal: keepsOriginal,
            timeout: await seconds(.transcodeTimeoutSeconds, default: 3600, in: 10...86_400),
            memoryBytes: await megabytes(.transcodeMemoryMegabytes, default: 2048, in: 256...1_048_576)
        )
    }

    private static let mostRenditions = 16

    /// The largest first: that is the one that can take the original's place.
    private mutating func videos() async -> [TranscodeSpecification] {
        var found: [TranscodeSpecification] = []
        for name in names(of: .videos) {
            if let video = await video(name) { found.append(video) }
        }
        return found.sorted { ($0.shortEdge ?? 0, $1.name) > ($1.shortEdge ?? 0, $0.name) }
    }

    private mutating func video(_ name: String) async -> TranscodeSpecification? {
        func key(_ property: NamedKey.Video) -> NamedKey { .video(name, property) }
        let hasEdge = await text(key(.shortEdge)) != nil
        let shortEdge = await integer(key(.shortEdge), in: 120...4320)
        if !hasEdge {
            let reason = "has no size: set \(key(.shortEdge).rawValue)"
            report(ConfigurationFault("\(NamedKeyFamily.videos.prefix)\(name)", reason))
        }
        let video = TranscodeSpecification(
            name: name,
            container: .mp4,
            shortEdge: shortEdge,
            crf: await integer(key(.crf), in: TranscodeSpecification.crfs) ?? 23,
            maxBitrate: await integer(key(.maxBitrate), in: 50...200_000),
            keyFrameSeconds: Double(await integer(key(.gopSeconds), in: 1...10) ?? 2),
            maxFrameRate: Double(await integer(key(.maxFrameRate), in: 1...240) ?? 60),
            preset: await choice(key(.preset), default: Preset.medium, allowed: Preset.allCases).rawValue,
            audioBitrate: await integer(key(.audioBitrate), in: 16...512) ?? 128
        )
        return shortEdge == nil ? nil : video
    }

    private mutating func sounds() async -> [TranscodeSpecification] {
        var found: [TranscodeSpecification] = []
        for name in names(of: .sounds) {
            let format = await choice(
                NamedKey.sound(name, .format),
                default: SoundFormat.aac,
                allowed: SoundFormat.allCases
            )
            let sound = TranscodeSpecification(
                name: name,
                container: format == .aac ? .m4a : .opus,
                shortEdge: nil,
                audioBitrate: await integer(NamedKey.sound(name, .bitrate), in: 16...512) ?? 96
            )
            found.append(sound)
        }
        return found
    }

    private mutating func stills() async -> [TranscodeSpecification] {
        var found: [TranscodeSpecification] = []
        for name in names(of: .stills) {
            let hasEdge = await text(NamedKey.still(name, .longEdge)) != nil
            let longEdge = await integer(NamedKey.still(name, .longEdge), in: 320...16_383)
            let quality = await integer(NamedKey.still(name, .quality), in: 1...100) ?? 80
            if !hasEdge {
                let reason = "has no size: set \(NamedKey.still(name, .longEdge).rawValue)"
                report(ConfigurationFault("\(NamedKeyFamily.stills.prefix)\(name)", reason))
            }
            guard let longEdge else { continue }
            found.append(
                TranscodeSpecification(
                    name: name,
                    container: .webp,
                    shortEdge: nil,
                    longEdge: longEdge,
                    quality: quality
                )
            )
        }
        return found
    }

    /// The videos that are steps of the ladder: all, or those that are named.
    private mutating func ladder(of videos: [TranscodeSpecification]) async -> [TranscodeSpecification] {
        let isEnabled = await boolean(.renditionsHLSEnabled, default: false)
        let names = (await text(.renditionsHLSNames) ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
        let known = videos.map(\.name)
        for name in names where !known.contains(name) {
            let choices = known.isEmpty ? "there is none" : known.joined(separator: ", ")
            let reason = "is no rendition of renditions.video (\(choices))"
            report(ConfigurationFault(.renditionsHLSNames, value: name, reason))
        }
        guard isEnabled else { return [] }
        if videos.isEmpty {
            let reason = "needs the steps of the ladder: set renditions.video.NAME.shortEdge"
            report(ConfigurationFault(.renditionsHLSEnabled, value: "true", reason))
        }
        return videos.filter { names.isEmpty || names.contains($0.name) }
            .map { video in
                var step = video
                step.name = "\(Rendition.ladderPrefix)\(video.name)"
                step.container = .fragmented
                return step
            }
    }
}

/// The presets of x264 that are of use here.
private enum Preset: String, CaseIterable {
    case ultrafast, superfast, veryfast, faster, fast, medium, slow, slower, veryslow
}

/// How a sound is encoded, as the operator says it.
private enum SoundFormat: String, CaseIterable {
    case aac, opus
}
