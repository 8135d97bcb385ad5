package import Catalog

/// Kinds of jobs as an operator writes them: `all`, `none`, or names with commas or spaces between.
package struct JobKindList: Sendable, Equatable {
    /// The kinds that are meant.
    package let kinds: Set<JobKind>

    /// Every kind.
    package static let all = JobKindList(kinds: Set(JobKind.allCases))

    private init(kinds: Set<JobKind>) {
        self.kinds = kinds
    }

    /// What can be written, for messages.
    package static var allowed: String {
        "all, none, or a list of \(JobKind.allCases.map(\.rawValue).joined(separator: ", "))"
    }

    /// Nil where a word is no kind's name, or there is none.
    package init?(_ text: String) {
        let words = text.split { $0 == "," || $0.isWhitespace }.map(String.init)
        switch words {
        case []: return nil
        case ["all"]: kinds = Set(JobKind.allCases)
        case ["none"]: kinds = []
        default:
            let found = words.compactMap(JobKind.init(rawValue:))
            guard found.count == words.count else { return nil }
            kinds = Set(found)
        }
    }
}
