/// Draws a block of lines over the one before, so that nothing flickers: one write, each line written over and then cleared
/// to its end, never the screen first.
struct TerminalScreen: Sendable {
    private var drawn = 0

    /// What to write so that these lines above the block scroll by and the block below them is the given one.
    mutating func update(scrolling messages: [String], block: [String]) -> String {
        var text = beginning
        for message in messages { text += "\(message)\u{1B}[K\r\n" }
        text += block.map { "\($0)\u{1B}[K" }.joined(separator: "\r\n")
        // The block may have become shorter.
        text += "\u{1B}[J"
        drawn = block.count
        return text + Self.synchronizedEnd
    }

    /// What to write so that the block is gone and the cursor stands where it began.
    mutating func clear() -> String {
        let text = "\(beginning)\u{1B}[J\(Self.synchronizedEnd)"
        drawn = 0
        return text
    }

    private var beginning: String {
        let up = drawn > 1 ? "\u{1B}[\(drawn - 1)A" : ""
        return "\(Self.synchronizedBegin)\r\(up)"
    }

    // Terminals that know it show all of an update at once (DEC private mode 2026); the others pass it over.
    private static let synchronizedBegin = "\u{1B}[?2026h"
    private static let synchronizedEnd = "\u{1B}[?2026l"
}
