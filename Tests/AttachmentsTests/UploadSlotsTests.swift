import Testing

@testable import Attachments

struct UploadSlotsTests {
    @Test func `a user has as many places as the limit, and a place that goes away is free again`() {
        let slots = UploadSlots()
        var held = (0..<3).compactMap { _ in slots.take(for: "ann", limit: 3) }
        #expect(held.count == 3)
        #expect(slots.take(for: "ann", limit: 3) == nil)
        let other = slots.take(for: "bob", limit: 1)
        #expect(other != nil)
        held.removeLast()
        #expect(slots.count(of: "ann") == 2)
        let again = slots.take(for: "ann", limit: 3)
        #expect(again != nil)
        held.removeAll()
        withExtendedLifetime((again, other)) {
            #expect(slots.count(of: "ann") == 1)
        }
    }

    @Test func `without a limit there is always a place, and a lower limit holds for the next ones`() {
        let slots = UploadSlots()
        let held = (0..<100).compactMap { _ in slots.take(for: "ann", limit: nil) }
        #expect(held.count == 100)
        #expect(slots.take(for: "ann", limit: 100) == nil)
        let next = slots.take(for: "ann", limit: 101)
        withExtendedLifetime((held, next)) {
            #expect(slots.count(of: "ann") == 101)
        }
    }
}
