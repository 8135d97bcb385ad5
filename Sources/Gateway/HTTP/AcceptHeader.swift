import HTTPTypes
import Hummingbird

/// What a client says it can read (RFC 9110 section 12.5.1).
enum AcceptHeader {
    /// Throws `not_acceptable` unless the client takes JSON.
    ///
    /// No header, an empty one and one that cannot be read say nothing.
    static func requireJSON(_ request: Request) throws(RequestError) {
        guard let accept = request.headers[.accept], !allowsJSON(accept) else { return }
        throw .notAcceptable(accept)
    }

    /// The most specific range that covers JSON decides, by its weight.
    static func allowsJSON(_ accept: String) -> Bool {
        var decision: (specificity: Int, isAllowed: Bool)?
        var isReadable = false
        for element in accept.split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let range = parts.first, range.split(separator: "/").count == 2 else { continue }
            isReadable = true
            guard let specificity = ["*/*", "application/*", "application/json"].firstIndex(of: range) else { continue }
            guard specificity > decision?.specificity ?? -1 else { continue }
            decision = (specificity, weight(of: parts.dropFirst()) > 0)
        }
        return decision?.isAllowed ?? !isReadable
    }

    /// 1 where none is given, and where it cannot be read.
    private static func weight(of parameters: some Sequence<String>) -> Double {
        for parameter in parameters where parameter.hasPrefix("q=") {
            return Double(parameter.dropFirst(2)) ?? 1
        }
        return 1
    }
}
