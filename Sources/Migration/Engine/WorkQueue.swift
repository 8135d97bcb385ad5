/// Hands out the rows of one pass over the journal: what somebody asked for first, then the rest in its order.
///
/// Of large objects only so many are under way at once as have memory to be read into, while there are others: the workers
/// would wait for each other, with a request open at the source, where small objects could be moved meanwhile.
actor WorkQueue {
    enum Pass: Sendable {
        /// Everything that is to be done.
        case first
        /// What failed in a way that may pass, as far as the attempts of the run allow.
        case again
    }

    /// Which objects count as large, and how many of them have room.
    struct LargeObjects: Sendable {
        /// What has more bytes than this is large.
        var threshold: Int64 = .max
        var limit = 1
    }

    private static let pageLength = 500
    /// No more large objects than this are passed over: they are held in memory.
    private static let waitingLimit = 1000
    private let large: LargeObjects
    private var largeUnderWay: Set<Int64> = []
    private var largeWaiting: [MigrationRow] = []
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

    init(
        _ pass: Pass,
        of journal: MigrationJournal,
        large: LargeObjects = LargeObjects(),
        mayTry: @escaping @Sendable (Int64) -> Bool
    ) {
        self.pass = pass
        self.large = large
        self.journal = journal
        self.mayTry = mayTry
    }

    /// The next row; nil at the end.
    ///
    /// Each is to be followed by `end`.
    func next() async throws -> MigrationRow? {
        while true {
            if !urgent.isEmpty { return begin(urgent.removeFirst()) }
            if hasRoomForLarge, !largeWaiting.isEmpty { return begin(largeWaiting.removeFirst()) }
            if let row = page.popFirst() {
                lastHandedID = row.id
                // Handed out already, out of its turn.
                guard urgentIDs.remove(row.id) == nil, mayTry(row.id) else { continue }
                guard !isLarge(row) || hasRoomForLarge || largeWaiting.count >= Self.waitingLimit else {
                    largeWaiting.append(row)
                    continue
                }
                return begin(row)
            }
            guard !isExhausted else {
                // There is nothing else that this worker could do.
                return largeWaiting.isEmpty ? nil : begin(largeWaiting.removeFirst())
            }
            let load = loading ?? Task { try await self.load() }
            loading = load
            try await load.value
        }
    }

    /// Notes that a row is no longer worked on, however that ended.
    func end(_ row: MigrationRow) {
        largeUnderWay.remove(row.id)
    }

    /// Has rows handed out before the others, those that were are left out.
    func prefer(_ rows: [MigrationRow]) {
        for row in rows {
            if let place = largeWaiting.firstIndex(where: { $0.id == row.id }) {
                urgent.append(largeWaiting.remove(at: place))
            } else if row.id > lastHandedID, urgentIDs.insert(row.id).inserted {
                urgent.append(row)
            }
        }
    }

    private var hasRoomForLarge: Bool { largeUnderWay.count < large.limit }

    private func isLarge(_ row: MigrationRow) -> Bool {
        (row.byteCount ?? row.item.byteCount ?? 0) > large.threshold
    }

    private func begin(_ row: MigrationRow) -> MigrationRow {
        if isLarge(row) { largeUnderWay.insert(row.id) }
        return row
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
