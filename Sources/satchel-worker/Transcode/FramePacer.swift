/// Says which pictures are kept so that there are not too many a second; none is ever shown twice.
struct FramePacer {
    /// The least ticks between two pictures, on average.
    private let interval: Int64
    /// A clock is read a little early or late.
    private let tolerance: Int64
    private var due: Int64?

    /// The ticks of a second, and the most pictures in one.
    init(ticks: Int64, maxFrameRate: Double) {
        interval = Int64(Double(ticks) / maxFrameRate)
        tolerance = interval / 8
    }

    /// Whether the picture of a moment is kept; moments only grow.
    mutating func keeps(_ moment: Int64) -> Bool {
        guard let next = due else {
            due = moment + interval
            return true
        }
        guard moment >= next - tolerance else { return false }
        // After a pause the clock starts anew: nothing is made up for.
        due = (moment - next > interval ? moment : next) + interval
        return true
    }
}
