import Media

/// Gathers the edits of a plan.
struct EditList {
    private typealias Edit = StripPlan.Edit
    /// A run of equal bytes from this length on is told by its value alone.
    private static let leastFill = 64
    /// Changed bytes with fewer unchanged ones between them are one edit.
    private static let mostGap = 16

    private var edits: [StripPlan.Edit] = []
    /// Added to every offset: the place of a file inside another.
    var base: Int64 = 0

    /// Takes over a longer list that began as this one, for another place in the file.
    mutating func take(_ longer: EditList) {
        edits = longer.edits
    }

    /// Leaves a range out.
    mutating func remove(_ range: Range<Int64>) throws(StripError) {
        try replace(range, with: [])
    }

    /// Puts other bytes, as many as there are, in a range's place.
    mutating func replace(_ range: Range<Int64>, with bytes: [UInt8]) throws(StripError) {
        guard !range.isEmpty || !bytes.isEmpty else { return }
        try add(range, .bytes(bytes))
    }

    /// Gives every byte of a range one value.
    mutating func fill(_ range: Range<Int64>, with value: UInt8 = 0) throws(StripError) {
        guard !range.isEmpty else { return }
        if let last = edits.last, last.replacement == .fill(value), last.range.upperBound == base + range.lowerBound {
            edits.removeLast()
            edits.append(Edit(range: last.range.lowerBound..<base + range.upperBound, replacement: .fill(value)))
            return
        }
        try add(range, .fill(value))
    }

    /// Changes bytes at an offset into as many others; what is equal in both is left alone.
    mutating func change(at offset: Int64, _ old: [UInt8], into new: [UInt8]) throws(StripError) {
        guard old.count == new.count else {
            throw StripError(.malformed, "A part would change its size where it must not.")
        }
        var index = 0
        while index < old.count {
            guard old[index] != new[index] else {
                index += 1
                continue
            }
            var (end, next) = (index + 1, index + 1)
            while next < old.count, next - end < Self.mostGap {
                if old[next] != new[next] { end = next + 1 }
                next += 1
            }
            try put(new[index..<end], at: offset + Int64(index))
            index = end
        }
    }

    /// The plan; fails where two edits want the same bytes.
    func plan(for byteCount: Int64) throws(StripError) -> StripPlan {
        let ordered = edits.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        guard let plan = StripPlan(edits: ordered, sourceByteCount: byteCount) else {
            throw StripError(.malformed, "Parts of the file overlap.")
        }
        return plan
    }

    /// Replaces bytes by as many others, long runs of one value as such.
    private mutating func put(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(StripError) {
        var rest = bytes
        var plain: [UInt8] = []
        var start = offset
        while let value = rest.first {
            let run = rest.prefix { $0 == value }.count
            if run >= Self.leastFill {
                let end = start + Int64(plain.count)
                if !plain.isEmpty { try add(start..<end, .bytes(plain)) }
                try fill(end..<end + Int64(run), with: value)
                start = end + Int64(run)
                plain = []
            } else {
                plain += rest.prefix(run)
            }
            rest = rest.dropFirst(run)
        }
        if !plain.isEmpty { try add(start..<start + Int64(plain.count), .bytes(plain)) }
    }

    private mutating func add(_ range: Range<Int64>, _ replacement: StripPlan.Replacement) throws(StripError) {
        guard edits.count < StripPlan.maxEditCount else {
            throw StripError(.tooComplex, "The metadata lies in too many places.")
        }
        edits.append(Edit(range: base + range.lowerBound..<base + range.upperBound, replacement: replacement))
    }
}
