/// Which of an attachment's renditions is to take the place of its original.
///
/// The operator decides; the catalog has to know where a rendition's job ends that nobody works on, as one that is cancelled.
package struct ReplacementRule: Sendable {
    private let choice: @Sendable (Attachment) -> String?

    /// Originals stay.
    package static let none = ReplacementRule { _ in nil }

    /// Makes a rule that answers the rendition's name, nil where the original stays.
    package init(_ choice: @escaping @Sendable (Attachment) -> String?) {
        self.choice = choice
    }

    /// The name of the rendition; nil where the original stays.
    package func rendition(for attachment: Attachment) -> String? { choice(attachment) }
}
