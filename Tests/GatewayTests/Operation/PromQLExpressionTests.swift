import Testing

struct PromQLExpressionTests {
    @Test func `metrics, matchers and groupings are told, and functions are not`() throws {
        let expression = try #require(
            PromQLExpression(
                """
                histogram_quantile(0.95, sum by (le, route) (rate(a_bucket{route!~".*/x", status="2xx"}[5m])))
                  / on (instance) group_left () max(b) > 14 * 86400 and time() - c > 0 offset 5m
                """
            )
        )
        #expect(
            expression.selections == [
                .init(
                    metric: "a_bucket",
                    matchers: [
                        .init(label: "route", comparison: "!~", value: ".*/x"),
                        .init(label: "status", comparison: "=", value: "2xx"),
                    ]
                ),
                .init(metric: "b", matchers: []), .init(metric: "c", matchers: []),
            ]
        )
        #expect(expression.groupings == ["le", "route", "instance"])
    }

    @Test func `what it does not know is not passed over`() {
        #expect(PromQLExpression("a @ 5") == nil)
        #expect(PromQLExpression("sum(a}") == nil)
    }
}
