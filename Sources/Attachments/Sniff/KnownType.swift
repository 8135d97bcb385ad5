import Catalog

/// Types that share one signature, so that only a name or a declared type can tell them apart.
enum TypeFamily: Sendable {
    case text
    case xml
    case zip
    case ole

    static let textBase = "text/plain"
    static let xmlBase = "application/xml"
    static let zipBase = "application/zip"
    static let oleBase = "application/x-ole-storage"

    /// The family whose members the sniffer cannot tell apart when it says `mediaType`.
    init?(base mediaType: String) {
        switch mediaType {
        case Self.textBase: self = .text
        case Self.xmlBase: self = .xml
        case Self.zipBase: self = .zip
        case Self.oleBase: self = .ole
        default: return nil
        }
    }
}

/// A media type that a file name or a client may claim.
struct KnownType: Sendable {
    let mediaType: String
    let kind: FileKind
    let extensions: [String]
    let family: TypeFamily?

    /// What the extension of a file name claims.
    static func claimed(byFileName name: String?) -> KnownType? {
        guard let name, let dot = name.lastIndex(of: ".") else { return nil }
        return byExtension[name[name.index(after: dot)...].lowercased()]
    }

    /// What a Content-Type claims; nothing when it only says "bytes".
    static func claimed(byDeclaredType declared: String?) -> KnownType? {
        guard let declared else { return nil }
        let bare = declared.bareMediaType
        if let known = byMediaType[bare] { return known }
        guard let kind = FileKind(rawValue: String(bare.prefix { $0 != "/" })), kind != .document, kind != .other else {
            return nil
        }
        return KnownType(mediaType: bare, kind: kind, extensions: [], family: nil)
    }

    private static let byExtension: [String: KnownType] = Dictionary(
        table.flatMap { type in type.extensions.map { ($0, type) } },
        uniquingKeysWith: { first, _ in first }
    )

    private static let byMediaType: [String: KnownType] = Dictionary(
        table.map { ($0.mediaType, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    private static let table: [KnownType] = {
        var types: [KnownType] = []
        for row in media {
            types.append(KnownType(mediaType: row.mediaType, kind: row.kind, extensions: row.extensions, family: nil))
        }
        for row in texts {
            types.append(
                KnownType(mediaType: row.mediaType, kind: .document, extensions: row.extensions, family: .text)
            )
        }
        for row in others {
            types.append(
                KnownType(mediaType: row.mediaType, kind: .document, extensions: row.extensions, family: row.family)
            )
        }
        return types
    }()

    private static let media: [(mediaType: String, kind: FileKind, extensions: [String])] = [
        ("image/jpeg", .image, ["jpg", "jpeg", "jpe", "jfif", "mpo"]),
        ("image/png", .image, ["png", "apng"]),
        ("image/gif", .image, ["gif"]),
        ("image/webp", .image, ["webp"]),
        ("image/bmp", .image, ["bmp", "dib"]),
        ("image/tiff", .image, ["tif", "tiff"]),
        ("image/heic", .image, ["heic", "heics"]),
        ("image/heif", .image, ["heif", "heifs", "hif"]),
        ("image/avif", .image, ["avif", "avifs"]),
        ("image/jxl", .image, ["jxl"]),
        ("image/jp2", .image, ["jp2", "j2k", "jpf", "jpx"]),
        ("image/x-adobe-dng", .image, ["dng"]),
        ("image/vnd.microsoft.icon", .image, ["ico"]),
        ("image/vnd.adobe.photoshop", .image, ["psd"]),
        ("video/mp4", .video, ["mp4", "mpg4", "f4v"]),
        ("video/x-m4v", .video, ["m4v"]),
        ("video/quicktime", .video, ["mov", "qt"]),
        ("video/3gpp", .video, ["3gp", "3gpp"]),
        ("video/3gpp2", .video, ["3g2"]),
        ("video/webm", .video, ["webm"]),
        ("video/x-matroska", .video, ["mkv", "mk3d"]),
        ("video/ogg", .video, ["ogv"]),
        ("video/x-msvideo", .video, ["avi"]),
        ("video/x-flv", .video, ["flv"]),
        ("video/mp2t", .video, ["mts", "m2ts"]),
        ("video/mpeg", .video, ["mpg", "mpeg", "vob", "m2v"]),
        ("video/x-ms-wmv", .video, ["wmv", "asf"]),
        ("audio/mpeg", .audio, ["mp3", "mp2", "mpga"]),
        ("audio/mp4", .audio, ["m4a", "m4b"]),
        ("audio/x-matroska", .audio, ["mka"]),
        ("audio/ogg", .audio, ["ogg", "oga", "opus", "spx"]),
        ("audio/wav", .audio, ["wav"]),
        ("audio/flac", .audio, ["flac"]),
        ("audio/aac", .audio, ["aac", "adts"]),
        ("audio/amr", .audio, ["amr"]),
        ("audio/aiff", .audio, ["aif", "aiff", "aifc"]),
        ("audio/midi", .audio, ["mid", "midi"]),
        ("audio/x-caf", .audio, ["caf"]),
        ("audio/x-ms-wma", .audio, ["wma"]),
    ]

    private static let texts: [(mediaType: String, extensions: [String])] = [
        ("text/plain", ["txt", "text", "log", "ini", "conf"]),
        ("text/csv", ["csv"]),
        ("text/tab-separated-values", ["tsv"]),
        ("text/markdown", ["md", "markdown"]),
        ("text/calendar", ["ics"]),
        ("text/vcard", ["vcf"]),
        ("text/vtt", ["vtt"]),
        ("text/css", ["css"]),
        ("text/html", ["html", "htm"]),
        ("text/javascript", ["js", "mjs"]),
        ("application/json", ["json"]),
        ("application/yaml", ["yaml", "yml"]),
        ("application/toml", ["toml"]),
        ("application/sql", ["sql"]),
        ("application/x-subrip", ["srt"]),
        ("application/x-sh", ["sh"]),
        ("application/x-tex", ["tex"]),
    ]

    private static let others: [(mediaType: String, family: TypeFamily?, extensions: [String])] = [
        ("image/svg+xml", nil, ["svg", "svgz"]),
        ("application/vnd.apple.mpegurl", nil, ["m3u8", "m3u"]),
        ("application/x-mpegurl", nil, []),
        ("audio/x-mpegurl", nil, []),
        ("audio/mpegurl", nil, []),
        ("application/pdf", nil, ["pdf"]),
        ("application/rtf", nil, ["rtf"]),
        ("application/xml", nil, ["xml"]),
        ("application/xhtml+xml", .xml, ["xhtml"]),
        ("application/rss+xml", .xml, ["rss"]),
        ("application/atom+xml", .xml, ["atom"]),
        ("application/gpx+xml", .xml, ["gpx"]),
        ("application/vnd.google-earth.kml+xml", .xml, ["kml"]),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", .zip, ["docx"]),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", .zip, ["xlsx"]),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", .zip, ["pptx"]),
        ("application/vnd.oasis.opendocument.text", .zip, ["odt"]),
        ("application/vnd.oasis.opendocument.spreadsheet", .zip, ["ods"]),
        ("application/vnd.oasis.opendocument.presentation", .zip, ["odp"]),
        ("application/epub+zip", .zip, ["epub"]),
        ("application/java-archive", .zip, ["jar"]),
        ("application/vnd.android.package-archive", .zip, ["apk"]),
        ("application/vnd.google-earth.kmz", .zip, ["kmz"]),
        ("application/msword", .ole, ["doc"]),
        ("application/vnd.ms-excel", .ole, ["xls"]),
        ("application/vnd.ms-powerpoint", .ole, ["ppt"]),
        ("application/vnd.ms-outlook", .ole, ["msg"]),
    ]
}
