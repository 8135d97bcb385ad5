import Testing

@testable import S3

struct RetryBudgetTests {
    @Test func `when calls only fail, retries come to an end, and successes give some back`() {
        let budget = RetryBudget()
        let taken = (0..<1000).count(where: { _ in budget.take() })
        #expect(taken == 100)
        for _ in 0..<4 { budget.noteSuccess() }
        #expect(!budget.take())
        budget.noteSuccess()
        #expect(budget.take())
        #expect(!budget.take())
    }

    @Test func `where one call in ten fails there is always a retry left`() {
        let budget = RetryBudget()
        for _ in 0..<10_000 {
            for _ in 0..<9 { budget.noteSuccess() }
            #expect(budget.take())
        }
    }
}
