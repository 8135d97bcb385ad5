extension DjangoExport {
    /// A database server that can write such an export.
    package enum Dialect: String, Sendable, CaseIterable {
        case postgresql
        case mysql
    }

    /// What the operator runs to make the export: a script for `psql`, or shell commands with MySQL's client, with comments.
    ///
    /// Columns that only some projects have (roles, an uploader, times of conversations) are in it where the schema assigns
    /// them, users where they are to be called by their names.
    package static func queries(
        _ dialect: Dialect,
        schema: DjangoSchema = DjangoSchema(),
        usesNames: Bool = false
    ) -> String {
        // What refers to something comes before that: what is added meanwhile is then found to be there.
        let tables: [DjangoSchema.Table] = [.attachment, .message, .participant, .conversation, .user]
        let selections = tables.filter { $0 != .user || usesNames }.map { Selection($0, schema) }
        return switch dialect {
        case .postgresql: postgresql(selections)
        case .mysql: mysql(selections)
        }
    }

    private struct Selection {
        let name: String
        let table: String
        /// What the columns are called there, and in the export; without the first they hold nothing.
        let columns: [(source: String?, key: String)]

        init(_ table: DjangoSchema.Table, _ schema: DjangoSchema) {
            name = table.exportName
            self.table = schema.candidates(for: table)[0]
            columns = DjangoSchema.Column.all
                .filter { $0.table == table && ($0.need != .optional || schema.isAssigned($0)) }
                .map { (schema.name(of: $0), $0.key) }
        }
    }

    /// `\copy` takes one line, and writes on the machine of psql with the rights of its user.
    private static func postgresql(_ selections: [Selection]) -> String {
        let copies = selections.map { selection in
            let columns = selection.columns.map {
                "\($0.source.map { quoted($0, "\"") } ?? "NULL") AS \(quoted($0.key, "\""))"
            }
            let query = "SELECT \(columns.joined(separator: ", ")) FROM \(quoted(selection.table, "\""))"
            return "\\copy (\(query)) TO '\(selection.name).csv' WITH (FORMAT csv, HEADER true)"
        }
        return """
            -- Save this as export.sql in an empty directory, and run it there:
            --   psql --no-psqlrc --set ON_ERROR_STOP=1 --dbname DATABASE --file export.sql
            \\encoding UTF8
            SET TIME ZONE 'UTC';
            SET DateStyle = 'ISO, YMD';
            BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
            \(copies.joined(separator: "\n"))
            COMMIT;

            """
    }

    private static func mysql(_ selections: [Selection]) -> String {
        let commands = selections.map { selection in
            let pairs = selection.columns.map { "'\($0.key)', \($0.source.map { quoted($0, "`") } ?? "NULL")" }
            return """
                export_lines > \(selection.name).jsonl <<'SQL'
                SELECT JSON_OBJECT(\(pairs.joined(separator: ", "))) FROM \(quoted(selection.table, "`"));
                SQL
                """
        }
        return """
            # Save this as export.sh in an empty directory, and run it there: sh export.sh DATABASE [--host=… --user=… --password]
            set -eu
            arguments="$*"
            export_lines() {
                # shellcheck disable=SC2086
                mysql --batch --raw --skip-column-names --quick --default-character-set=utf8mb4 $arguments
            }
            \(commands.joined(separator: "\n"))

            """
    }

    private static func quoted(_ name: String, _ quote: Character) -> String {
        let doubled = name.map { $0 == quote ? "\(quote)\(quote)" : String($0) }.joined()
        return "\(quote)\(doubled)\(quote)"
    }
}
