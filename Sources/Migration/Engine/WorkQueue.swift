/// Hands out the rows of one pass over the journal: what somebody asked for first, then the rest in its order.
actor WorkQueue {
    enum Pass: Sendable {
        /// Everything that is to be done.
        case first
        /// What failed in a way that may pass, as far as the attempts of the run allow.
        case again
    }

    private static let pageLength = 500
    private let journal: MigrationJournal
    private let pass: Pass
    private let mayTry: @Sendable (Int64) -> Bool
    private var urgent: [MigrationRow] = []
    private var urgentIDs: Set<Int64> = []
    private var page: ArraySlice<MigrationRow> = []
    private var lastID: Int64 = 0
    private var lastHandedID: Int64 = 0
    private var isExhausted = false
    private var loading: Task<Void, any Error>?

    init(_ pass: Pass, of journal: MigrationJournal, mayTry: @escaping @Sendable (Int64) -> Bool) {
        self.pass = pass
        self.journal = journal
        self.mayTry = mayTry
    }

    /// The next row; nil at the end.
    func next() async throws -> MigrationRow? {
        while true {
            if !urgent.isEmpty { return urgent.removeFirst() }
            if let row = page.popFirst() {
                lastHandedID = row.id
                // Handed out already, out of its turn.
                guard urgentIDs.remove(row.id) == nil, mayTry(row.id) else { continue }
                return row
            }
            guard !isExhausted else { return nil }
            let load = loading ?? Task { try await self.load() }
            loading = load
            try await load.value
        }
    }

    /// Has rows handed out before the others, those that were are left out.
    func prefer(_ rows: [MigrationRow]) {
        for row in rows where row.id > lastHandedID && urgentIDs.insert(row.id).inserted {
            urgent.append(row)
        }
    }

    private func load() async throws {
        defer { loading = nil }
        let rows =
            switch pass {
            case .first: try await journal.work(after: lastID, limit: Self.pageLength)
            case .again: try await journal.workAgain(after: lastID, limit: Self.pageLength)
            }
        isExhausted = rows.isEmpty
        lastID = rows.last?.id ?? lastID
        page = rows[...]
    }
}
