import Testing

@testable import Attachments

struct UserPlacesTests {
    @Test func `a user has as many places as the limit, and a place that goes away is free again`() {
        let places = UserPlaces()
        var held = (0..<3).compactMap { _ in places.take(for: "ann", limit: 3) }
        #expect(held.count == 3)
        #expect(places.take(for: "ann", limit: 3) == nil)
        let other = places.take(for: "bob", limit: 1)
        #expect(other != nil)
        held.removeLast()
        #expect(places.count(of: "ann") == 2)
        let again = places.take(for: "ann", limit: 3)
        #expect(again != nil)
        held.removeAll()
        withExtendedLifetime((again, other)) {
            #expect(places.count(of: "ann") == 1)
        }
    }

    @Test func `without a limit there is always a place, and a lower limit holds for the next ones`() {
        let places = UserPlaces()
        let held = (0..<100).compactMap { _ in places.take(for: "ann", limit: nil) }
        #expect(held.count == 100)
        #expect(places.take(for: "ann", limit: 100) == nil)
        let next = places.take(for: "ann", limit: 101)
        withExtendedLifetime((held, next)) {
            #expect(places.count(of: "ann") == 101)
        }
    }

    @Test func `all together have no more than there are, and a user's going makes room for another`() {
        let places = UserPlaces(capacity: 2)
        var held = ["ann", "bob"].compactMap { places.take(for: $0, limit: 1) }
        #expect(held.count == 2)
        #expect(places.take(for: "carl", limit: 1) == nil)
        held.removeFirst()
        #expect(places.take(for: "bob", limit: 1) == nil)
        let next = places.take(for: "carl", limit: 1)
        #expect(next != nil)
        withExtendedLifetime((held, next)) {
            #expect(places.count(of: "ann") == 0)
        }
    }
}
