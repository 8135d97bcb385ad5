import GRDB

extension Catalog {
    /// How many writes wait for their transaction.
    package var waitingWrites: Int { writes.waitingCount }

    /// How many jobs there are, by kind and state.
    package func jobCounts() async throws(CatalogError) -> JobCounts {
        try await read { db in
            let rows = try db.rows(
                sql: """
                    SELECT
                        kind,
                        CASE WHEN leased = 1 THEN 'running' WHEN delays > 0 THEN 'delayed' ELSE 'waiting' END AS state,
                        count(*) AS number
                    FROM job GROUP BY 1, 2
                    """
            )
            var counts = JobCounts()
            for row in rows {
                counts.add(try row.value("number"), kind: try row.choice("kind"), state: try row.choice("state"))
            }
            return counts
        }
    }

    /// What is stored: files and bytes by kind, and those of the renditions.
    ///
    /// It looks at every attachment: ask seldom.
    package func storedAmounts() async throws(CatalogError) -> StoredAmounts {
        try await read { db in
            var amounts = StoredAmounts()
            for row in try db.rows(
                sql: "SELECT file_type, count(*) AS files, sum(file_size) AS bytes FROM attachment GROUP BY file_type"
            ) {
                let kind: FileKind = try row.choice("file_type")
                amounts.originals[kind] = StoredAmount(files: try row.value("files"), bytes: try row.value("bytes"))
            }
            for row in try db.rows(
                sql: "SELECT count(*) AS files, coalesce(sum(byte_count), 0) AS bytes FROM rendition"
            ) {
                amounts.renditions = StoredAmount(files: try row.value("files"), bytes: try row.value("bytes"))
            }
            for row in try db.rows(sql: "SELECT count(*) AS files, coalesce(sum(file_size), 0) AS bytes FROM trash") {
                amounts.trash = StoredAmount(files: try row.value("files"), bytes: try row.value("bytes"))
            }
            return amounts
        }
    }
}

/// Jobs that are not done, by kind and state.
package struct JobCounts: Sendable, Equatable {
    /// Where a job stands.
    package enum State: String, Sendable, CaseIterable {
        /// It has not been begun.
        case waiting
        /// Somebody works at it.
        case running
        /// It was tried, came to nothing, and waits for its next attempt.
        case delayed
    }

    private var counts: [JobKind: [State: Int]] = [:]

    /// No jobs.
    package init() {}

    /// The number of jobs of a kind in a state.
    package subscript(kind: JobKind, state: State) -> Int {
        counts[kind]?[state] ?? 0
    }

    fileprivate mutating func add(_ number: Int, kind: JobKind, state: State) {
        counts[kind, default: [:]][state, default: 0] += number
    }
}

/// A number of files, and their bytes.
package struct StoredAmount: Sendable, Equatable {
    /// How many files.
    package var files: Int
    /// The bytes of all of them.
    package var bytes: Int64

    /// Makes an amount.
    package init(files: Int = 0, bytes: Int64 = 0) {
        self.files = files
        self.bytes = bytes
    }
}

/// What the catalog says is in the bucket.
package struct StoredAmounts: Sendable, Equatable {
    /// Originals by kind; a kind without any is left out.
    package internal(set) var originals: [FileKind: StoredAmount] = [:]
    /// All renditions; the bytes of those of older releases are not known and count as none.
    package internal(set) var renditions = StoredAmount()
    /// Originals of deleted attachments that can be restored.
    package internal(set) var trash = StoredAmount()

    /// Nothing.
    package init() {}
}
