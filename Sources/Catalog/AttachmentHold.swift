/// Why nobody gets a URL of an attachment.
package enum AttachmentHold: String, Sendable, Codable, CaseIterable {
    /// A scanner is still to look the file through.
    case scan
    /// The scanner found something, or could not look so large a file through: the objects are gone, and the row stays as a note.
    ///
    /// Such a row refers to no object any more.
    case infected
}
