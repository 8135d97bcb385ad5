extension MigrationPlan {
    /// The plan for people: lines of at most 100 columns.
    package var text: String { "" }
}
