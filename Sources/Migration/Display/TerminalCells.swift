import Attachments

/// Text in the cells of a terminal: made safe, measured, and cut to what there is room for.
///
/// Names come from other people's files: what would move the cursor, break the line or turn the direction is spelled out,
/// as in `\u{1B}`.
package enum TerminalCells {
    /// The text in at most so many cells; of a longer one the middle is left out, since names differ at their ends.
    package static func fit(_ text: String, to cells: Int) -> String {
        let pieces = text.unicodeScalars.map(piece)
        let total = pieces.reduce(0) { $0 + $1.cells }
        guard total > cells else { return pieces.map(\.text).joined() }
        guard cells > 1 else { return cells == 1 ? "…" : "" }
        let head = take(pieces, (cells - 1) / 2)
        let tail = take(pieces.reversed(), cells - 1 - head.reduce(0) { $0 + $1.cells })
        return head.map(\.text).joined() + "…" + tail.reversed().map(\.text).joined()
    }

    /// The text made safe, all of it.
    package static func safe(_ text: String) -> String {
        TerminalText.line(text)
    }

    /// How many cells the text takes once it is made safe.
    package static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + piece($1).cells }
    }

    private struct Piece {
        let text: String
        let cells: Int
    }

    private static func take(_ pieces: [Piece], _ cells: Int) -> [Piece] {
        var left = cells
        var taken: [Piece] = []
        for piece in pieces {
            guard piece.cells <= left else { break }
            left -= piece.cells
            taken.append(piece)
        }
        return taken
    }

    private static func piece(_ scalar: Unicode.Scalar) -> Piece {
        if let spelled = TerminalText.spelling(of: scalar) {
            return Piece(text: spelled, cells: spelled.utf8.count)
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark:
            return Piece(text: String(scalar), cells: 0)
        default:
            return Piece(text: String(scalar), cells: isWide(scalar) ? 2 : 1)
        }
    }

    /// Whether terminals give the character two cells: the blocks that UAX #11 has as wide or fullwidth, and emoji.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
            0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            true
        default:
            scalar.properties.isEmojiPresentation
        }
    }
}
