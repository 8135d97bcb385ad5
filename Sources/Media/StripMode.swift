/// How much of a file's metadata is taken out of what is stored.
package enum StripMode: String, Codable, Sendable, CaseIterable {
    /// The file is stored as it came.
    case off
    /// What tells a place goes: positions, names of places, tracks of positions.
    case location
    /// All that is not needed to show the picture or play the film goes: places, makers' data, times, texts, previews.
    case all
}
