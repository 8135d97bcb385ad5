/// Which tables and columns of a Django project's database hold what; without a word, those of the old system.
///
/// An assignment names a table or a column of the old system and what it is called here: `attachment=files_upload`,
/// `attachment.file_name=original_name`, `participant.role=is_admin`. One with nothing behind the sign says that there is
/// no such column: `attachment.codec=`.
package struct DjangoSchema: Sendable, Equatable {
    /// A table, by the name that assignments use.
    package enum Table: String, Sendable, CaseIterable {
        case conversation
        case participant
        case message
        case attachment
        case user
    }

    private var tables: [Table: String]
    private var columns: [Table: [String: String]]

    /// The old system's names.
    package init() {
        tables = [:]
        columns = [:]
    }

    /// Takes one assignment over.
    ///
    /// Throws `invalidArgument`, with the names that there are, where it names none of them.
    package mutating func map(_ assignment: String) throws(MigrationError) {
        throw MigrationError(.invalidArgument, assignment)
    }

    /// Every name that an assignment may use with what it stands for without one, a line each: for a `--help`.
    package static var names: String { "" }
}
