/// After which pauses a receiver is told again.
package struct WebhookSchedule: Sendable, Equatable {
    /// The pause after the first attempt that failed, the second, and so on; after one more the message is dead.
    package var pauses: [Duration]

    /// Makes a schedule.
    package init(_ pauses: [Duration]) {
        self.pauses = pauses
    }

    /// Ten attempts within a little over three days, so that a receiver can be mended over a weekend.
    package static let standard = WebhookSchedule(
        [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map { .seconds($0) }
    )

    /// The pause after so many attempts that failed, a tenth more or less, so that what failed together does not come back together;
    /// nil where that was the last.
    func pause(after attempts: Int, using generator: inout some RandomNumberGenerator) -> Duration? {
        guard attempts >= 1, attempts <= pauses.count else { return nil }
        return pauses[attempts - 1] * Double.random(in: 0.9...1.1, using: &generator)
    }
}
