extension MigrationJournal {
    /// Hands the rows of a state to so many workers, each row once, in their order.
    ///
    /// `body` gets the worker's number from 0. What one throws ends all, after what the others have begun.
    func forEachRow(
        in state: MigrationState,
        workers: Int,
        _ body: @escaping @Sendable (MigrationRow, Int) async throws -> Void
    ) async throws {
        let queue = RowQueue(state, of: self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<max(1, workers) {
                group.addTask {
                    while let row = try await queue.next() {
                        try Task.checkCancellation()
                        try await body(row, worker)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Hands out the rows of one state.
private actor RowQueue {
    private static let pageLength = 500
    private let journal: MigrationJournal
    private let state: MigrationState
    private var page: ArraySlice<MigrationRow> = []
    private var lastID: Int64 = 0
    private var isExhausted = false
    private var loading: Task<Void, any Error>?

    init(_ state: MigrationState, of journal: MigrationJournal) {
        self.state = state
        self.journal = journal
    }

    func next() async throws -> MigrationRow? {
        while true {
            if let row = page.popFirst() { return row }
            guard !isExhausted else { return nil }
            let load = loading ?? Task { try await self.load() }
            loading = load
            try await load.value
        }
    }

    private func load() async throws {
        defer { loading = nil }
        let rows = try await journal.rows(state: state, after: lastID, limit: Self.pageLength)
        isExhausted = rows.isEmpty
        lastID = rows.last?.id ?? lastID
        page = rows[...]
    }
}
