import Catalog
import Media

extension MediaFacts {
    /// The facts of a report that apply to a kind of file: a still picture has no duration, bitrate or codec.
    init(_ report: MediaReport, kind: FileKind) {
        let isPicture = kind == .image
        let isVideo = kind == .video
        let isVisible = isPicture || isVideo
        self.init(
            durationMilliseconds: isPicture ? nil : report.durationMilliseconds,
            width: isVisible ? report.width : nil,
            height: isVisible ? report.height : nil,
            bitrate: isPicture ? nil : report.bitrate,
            frameRate: isVideo ? report.frameRate : nil,
            isVariableFrameRate: isVideo ? report.isVariableFrameRate : nil,
            frameCount: isPicture ? report.frameCount : nil,
            codec: isVideo ? report.videoCodec : nil,
            audioCodec: isPicture ? nil : report.audioCodec,
            sampleRate: isPicture ? nil : report.sampleRate,
            channels: isPicture ? nil : report.channels,
            rotation: isVisible ? report.rotation : nil,
            hasAlpha: isPicture ? report.hasAlpha : nil,
            isAnimated: isPicture ? report.isAnimated : nil,
            hdrTransfer: isVisible ? report.hdrTransfer.flatMap { HDRTransfer(rawValue: $0.rawValue) } : nil,
            capturedAt: report.capturedAt
        )
    }
}
