import ArgumentParser
import Migration

/// What a command makes of that which an inventory has and a migration cannot bring.
struct UnusableOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "What the inventory could not use (see status --failures), or did not come to, is known and stays behind."
        )
    )
    var leaveUnusable = false

    /// The inventory had so many, in a sentence.
    static func sentence(_ count: Int64) -> String {
        "\(FigureText.count(count)) files or records could not be used when the inventory was read last; "
            + "`satchel storage status --failures` lists them, with the reason."
    }

    /// Nobody knows what else there is.
    static let unread =
        "the inventory was not read to its end the last time, so there may be more than is known: give `satchel storage migrate` again."
}
