/// A rendition that a job of its own is to make.
package struct RenditionRequest: Sendable, Equatable {
    /// What the job is: `render` for what takes seconds, `transcode` for what takes minutes.
    package let kind: JobKind
    /// The name of the rendition.
    package let name: String

    /// Makes a value; nothing is queued by it.
    package init(kind: JobKind, name: String) {
        self.kind = kind
        self.name = name
    }
}
