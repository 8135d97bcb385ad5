/// What may be a user's id: 1 to 255 bytes, with no NUL among them.
///
/// The database takes a text for ended at a NUL: an id with one in it would be stored, and found, as that of another user.
enum UserIDText {
    /// The rule in words, to end a sentence with.
    static let rule = "1 to 255 bytes, none of them NUL"

    /// Whether the text keeps the rule.
    static func isPossible(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && !text.utf8.contains(0)
    }
}
