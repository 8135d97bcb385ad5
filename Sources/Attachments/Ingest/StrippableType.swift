/// The media types of the formats whose metadata can be taken out: JPEG, PNG, WebP, HEIF, AVIF, MP4 and QuickTime.
enum StrippableType {
    private static let all: Set<String> = [
        "image/jpeg", "image/png", "image/webp",
        "image/heic", "image/heic-sequence", "image/heif", "image/heif-sequence", "image/avif",
        "video/mp4", "video/quicktime", "video/x-m4v", "video/3gpp", "video/3gpp2",
        "audio/mp4", "audio/3gpp", "audio/3gpp2",
    ]

    static func contains(_ mediaType: String) -> Bool { all.contains(mediaType) }
}
