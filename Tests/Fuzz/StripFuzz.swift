import Media

/// Plans the stripping of any bytes, in both modes.
///
/// That a stripped file shows nothing any more is checked by the code itself; here only that it is then stripped, that the
/// plan survives its journey, and that a file does not grow by more than an orientation.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let source = MemorySource(bytes: [UInt8](UnsafeBufferPointer(start: data, count: count)))
    for mode in [StripMode.location, .all] {
        do throws(StripError) {
            let plan = try Stripper.plan(for: source, mode: mode)
            precondition(StripPlan(encoded: plan.encoded) == plan, "A plan survives its journey.")
            precondition(plan.byteCount <= source.byteCount + 256, "Nothing grows.")
            let stripped = StrippedView(of: source, by: plan)
            let copy = MemorySource(bytes: stripped.read(at: 0, count: Int(stripped.byteCount)))
            precondition(copy.byteCount == plan.byteCount, "The size is as announced.")
            let rest = try Stripper.plan(for: copy, mode: mode)
            precondition(rest.isEmpty, "What is stripped is stripped.")
        } catch {
            // A refusal is a good answer, but not that a plan is bad.
            precondition(error.reason != .incomplete, "Nothing is left half-way: \(error.message)")
        }
    }
    // Any bytes may come where a plan is expected.
    if let plan = StripPlan(encoded: source.bytes) {
        precondition(StripPlan(encoded: plan.encoded) == plan, "A plan that is read is one.")
    }
    return 0
}

private struct MemorySource: ByteSource {
    let bytes: [UInt8]

    var byteCount: Int64 { Int64(bytes.count) }

    func read(at offset: Int64, count: Int) -> [UInt8] {
        guard offset >= 0, offset < byteCount, count > 0 else { return [] }
        return [UInt8](bytes[Int(offset)...].prefix(count))
    }
}
