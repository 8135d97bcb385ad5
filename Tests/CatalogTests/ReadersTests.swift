import Catalog
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ReadersTests {
    /// Look-ups block their thread, and there are few: were a long read's connection given back by one of them, all would wait
    /// for each other.
    @Test func `long reads and look-ups do not wait for each other for ever`() async throws {
        let fixture = try await CatalogFixture()
        let (catalog, message) = (fixture.catalog, fixture.message)
        let found = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<64 {
                group.addTask {
                    var found = 0
                    for _ in 0..<100 {
                        if number.isMultiple(of: 2) {
                            found += try await catalog.message(id: message.id) == message ? 1 : 0
                        } else {
                            found += try await catalog.participants(conversationID: message.conversationID).count / 2
                        }
                    }
                    return found
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(found == 6400)
    }
}
