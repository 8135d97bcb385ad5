/// The same work on many things, so many at a time.
enum SideBySide {
    /// The outcome for each thing, in their order; what one throws ends all.
    static func map<Thing: Sendable, Outcome: Sendable>(
        _ things: [Thing],
        atOnce width: Int,
        _ work: @escaping @Sendable (Thing) async throws -> Outcome
    ) async throws -> [Outcome] {
        try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
            var outcomes = [Outcome?](repeating: nil, count: things.count)
            for (index, thing) in things.enumerated() {
                if index >= width, let (done, outcome) = try await group.next() { outcomes[done] = outcome }
                group.addTask { (index, try await work(thing)) }
            }
            for try await (done, outcome) in group { outcomes[done] = outcome }
            return outcomes.compactMap(\.self)
        }
    }
}
