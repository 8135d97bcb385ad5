import Hummingbird

extension Request {
    /// The path as the router takes it: no slash twice, and none at the end.
    var routedPath: String {
        uri.path.split(separator: "/").reduce(into: "") { $0 += "/\($1)" }
    }
}
