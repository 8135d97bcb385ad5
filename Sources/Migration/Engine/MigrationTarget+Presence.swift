import S3

extension MigrationTarget {
    /// Asks once, and for three seconds at most, whether the target answers; says where it does not, and why.
    ///
    /// Calls of a run wait for a target that is away, without a word; this is for telling so at once.
    package func silence() async -> String? {
        do throws(S3Error) {
            try await client.probe()
            return nil
        } catch {
            // An answer that refuses is an answer.
            return error.isUnavailable ? "the target \(identity) does not answer: \(error)" : nil
        }
    }
}
