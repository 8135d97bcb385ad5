import Media

extension SpoolFile {
    /// Carries out a plan: in the file itself where no byte moves, else in another one, which is answered then.
    ///
    /// Cuts the result into parts on the way, as it is read from the disk again, for what is stored must be what is hashed.
    /// After an error this file may be half changed and is of no use; the other one is removed.
    @concurrent
    func stripped(by plan: StripPlan, cutting parts: PartCutter) async throws -> (file: SpoolFile, parts: PartCutter) {
        var parts = parts
        if try plan.writeInPlace(descriptor) {
            try read { parts.append($0) { _ in } }
            return (self, parts)
        }
        let other = makeNeighbour()
        do {
            try other.reserve(plan.byteCount)
            try plan.read(from: descriptor) { bytes in
                try Task.checkCancellation()
                try parts.append(bytes) { try other.append($0) }
            }
            return (other, parts)
        } catch {
            other.remove()
            throw error
        }
    }
}
