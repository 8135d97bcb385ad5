import Attachments

extension StrictReader {
    /// What becomes of attachments that are deleted.
    mutating func deletion() async -> DeletionConfiguration {
        DeletionConfiguration(
            retention: .seconds(86_400 * (await integer(.deletionRetentionDays, default: 0, in: 0...36_500))),
            revokesURLs: await boolean(.deletionRevokeURLs, default: false)
        )
    }

    /// How the storage is looked through for what should not be there.
    mutating func sweep() async -> SweepConfiguration {
        SweepConfiguration(
            interval: await bound(.sweepEveryHours, default: 24).map { .seconds(3600 * min($0, 8760)) },
            age: .seconds(3600 * (await integer(.sweepOlderThanHours, default: 24, in: 1...8760))),
            deletesOrphans: await boolean(.sweepDeletesOrphans, default: false)
        )
    }
}
