import ArgumentParser

/// An age on the command line: a whole number and its unit, as in `24h`.
struct SweepAge: ExpressibleByArgument, Equatable {
    let seconds: Int

    private static let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    private static let longest = 3650 * 86_400

    init?(argument: String) {
        guard let unit = argument.last.flatMap({ Self.units[$0] }), let number = Int(argument.dropLast()),
            number >= 0, number <= Self.longest / unit
        else { return nil }
        seconds = number * unit
    }
}
