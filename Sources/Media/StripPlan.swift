/// What a file's bytes become when its metadata is taken out: a few edits, and all else as it was.
package struct StripPlan: Sendable, Equatable {
    /// A range of the file that becomes something else.
    package struct Edit: Sendable, Equatable {
        /// The bytes that go; an empty range is an insertion.
        package let range: Range<Int64>
        /// What comes in their place.
        package let replacement: Replacement

        /// Makes an edit; nothing is checked here.
        package init(range: Range<Int64>, replacement: Replacement) {
            self.range = range
            self.replacement = replacement
        }

        /// How many bytes come in the range's place.
        package var byteCount: Int64 {
            switch replacement {
            case .bytes(let bytes): Int64(bytes.count)
            case .fill: Int64(range.count)
            }
        }
    }

    /// What comes in the place of a range.
    package enum Replacement: Sendable, Equatable {
        /// Other bytes, as many as there are; none where the range is left out.
        case bytes([UInt8])
        /// As many bytes as the range has, all with this value.
        case fill(UInt8)
    }

    /// A stretch of the result.
    package enum Piece: Sendable, Equatable {
        /// These bytes of the file.
        case copy(Range<Int64>)
        /// Other bytes.
        case bytes([UInt8])
        /// So many bytes of one value.
        case fill(UInt8, byteCount: Int64)
    }

    /// The most edits of a plan.
    package static let maxEditCount = 100_000
    /// The most bytes that a plan brings in, all edits together.
    package static let maxReplacementByteCount = 1 << 20

    /// In the order of the file, and apart from each other.
    package let edits: [Edit]
    /// The size of the file that the plan is for.
    package let sourceByteCount: Int64

    /// Makes a plan; nil where the edits are out of order, overlap, lie outside the file or are too many.
    package init?(edits: [Edit], sourceByteCount: Int64) {
        guard sourceByteCount >= 0, edits.count <= Self.maxEditCount else { return nil }
        var end: Int64 = 0
        var replacementByteCount = 0
        for edit in edits {
            guard edit.range.lowerBound >= end, edit.range.upperBound <= sourceByteCount else { return nil }
            end = edit.range.upperBound
            if case .bytes(let bytes) = edit.replacement { replacementByteCount += bytes.count }
        }
        guard replacementByteCount <= Self.maxReplacementByteCount else { return nil }
        self.edits = edits
        self.sourceByteCount = sourceByteCount
    }

    /// The size of the result.
    package var byteCount: Int64 {
        edits.reduce(sourceByteCount) { $0 - Int64($1.range.count) + $1.byteCount }
    }

    /// The result is the file itself.
    package var isEmpty: Bool { edits.isEmpty }

    /// No byte of the file moves, so the edits can be written into the file itself.
    package var isInPlace: Bool { edits.allSatisfy { Int64($0.range.count) == $0.byteCount } }

    /// The result from its beginning to its end.
    package var pieces: [Piece] {
        var pieces: [Piece] = []
        var offset: Int64 = 0
        for edit in edits {
            if edit.range.lowerBound > offset { pieces.append(.copy(offset..<edit.range.lowerBound)) }
            switch edit.replacement {
            case .bytes(let bytes) where !bytes.isEmpty: pieces.append(.bytes(bytes))
            case .fill(let value) where !edit.range.isEmpty:
                pieces.append(.fill(value, byteCount: Int64(edit.range.count)))
            default: break
            }
            offset = edit.range.upperBound
        }
        if offset < sourceByteCount { pieces.append(.copy(offset..<sourceByteCount)) }
        return pieces
    }
}
