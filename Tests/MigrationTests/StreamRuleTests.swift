import Testing

@testable import Migration

struct StreamRuleTests {
    @Test func `one goes alone until it has arrived, but where tags are known`() {
        let rule = StreamRule()
        #expect(rule.begin(isSure: false))
        #expect(!rule.begin(isSure: false))
        #expect(rule.begin(isSure: true))
        rule.end(.neither)
        rule.end(.neither)
        #expect(rule.begin(isSure: false))
        #expect(!rule.begin(isSure: false))
        rule.end(.arrived)
        #expect(rule.begin(isSure: false))
        #expect(rule.begin(isSure: false))
    }

    @Test func `after the first that is refused none goes, and of many one in ten may be`() {
        let rule = StreamRule()
        #expect(rule.begin(isSure: false))
        rule.end(.refused)
        #expect(!rule.begin(isSure: false))
        #expect(!rule.begin(isSure: true))

        let other = StreamRule()
        for _ in 0..<10 {
            #expect(other.begin(isSure: true))
            other.end(.arrived)
        }
        for isLast in [false, true] {
            #expect(other.begin(isSure: true))
            other.end(.refused)
            #expect(other.begin(isSure: true) == !isLast)
            if !isLast { other.end(.neither) }
        }
    }
}
