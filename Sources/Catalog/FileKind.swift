/// What sort of file an attachment is, judged by its content.
package enum FileKind: String, Sendable, Codable, CaseIterable {
    case image
    case video
    case audio
    case document
    case other
}
