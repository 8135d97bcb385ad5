import HTTPTypes

/// One operation of the API, as docs/openapi.yaml has it: what a limit of a route can name.
///
/// The list stands apart from the handlers, for a configuration is judged before there is a server. `RouteTable` takes no route
/// that is not in it.
struct APIRoute: Sendable, Equatable {
    let method: HTTPRequest.Method
    /// The path below the base path, without a slash at its end; variable segments stand in braces.
    let path: String
    /// Whether it is known who asks; elsewhere the URL is signed.
    let needsToken: Bool
    /// Whether only the app's back end may ask: everybody else is refused, whatever they ask for.
    let isForBackEnd: Bool

    /// Every operation below the base path.
    ///
    /// HEAD is none of its own: it counts as GET.
    static let all: [APIRoute] = paths.flatMap { path, methods in
        methods.map { method in
            APIRoute(
                method: method,
                path: path,
                needsToken: !signedPaths.contains(path),
                isForBackEnd: backEndMethods[path]?.contains(method) ?? false
            )
        }
    }

    private static let paths: [(String, [HTTPRequest.Method])] = [
        ("/upload", [.post]),
        ("/videos/upload", [.post]),
        ("/videos/{id}/download", [.get]),
        ("/attachments", [.get]),
        ("/attachments/{id}", [.get, .delete]),
        ("/attachments/{id}/content", [.get]),
        ("/attachments/{id}/thumbnail", [.get]),
        ("/attachments/{id}/hls/master.m3u8", [.get]),
        ("/attachments/{id}/revoke", [.post]),
        ("/attachments/{id}/events", [.get]),
        ("/attachments/{id}/reprocess", [.post]),
        ("/attachments/{id}/restore", [.post]),
        ("/old-objects/{id}", [.get]),
        ("/hls/{id}/{playlist}", [.get]),
        ("/trash", [.get]),
        ("/messages/{id}", [.get, .put, .delete]),
        ("/conversations/{id}", [.get, .put, .delete]),
        ("/conversations/{id}/participants", [.get, .put, .patch]),
        ("/conversations/{id}/participants/{user}", [.put, .delete]),
        ("/activity", [.get]),
        ("/usage", [.get]),
        ("/jobs", [.get]),
        ("/jobs/{id}", [.get]),
        ("/jobs/{id}/retry", [.post]),
        ("/jobs/{id}/cancel", [.post]),
    ]
    private static let signedPaths: Set = ["/old-objects/{id}", "/hls/{id}/{playlist}"]
    private static let backEndMethods: [String: Set<HTTPRequest.Method>] = [
        "/messages/{id}": [.put, .delete],
        "/conversations/{id}": [.get, .put, .delete],
        "/conversations/{id}/participants": [.get, .put, .patch],
        "/conversations/{id}/participants/{user}": [.put, .delete],
        "/jobs/{id}/retry": [.post],
        "/jobs/{id}/cancel": [.post],
    ]

    /// Where in the list the operation stands that counts the requests of a method at a path; nil where there is none.
    static func position(of method: HTTPRequest.Method, _ path: String) -> Int? {
        all.firstIndex { $0.method == (method == .head ? .get : method) && $0.path == path }
    }

    /// The operations that a text such as `POST /upload/` names; without a method all of the path.
    ///
    /// A slash at the end makes no difference.
    static func positions(named text: String) throws(APIRouteFault) -> [Int] {
        let words = text.split(separator: " ")
        guard let last = words.last, last.hasPrefix("/"), words.count <= 2 else {
            throw APIRouteFault(reason: "is no route like POST /upload/ or /attachments/{id}/")
        }
        let path = last.split(separator: "/").reduce(into: "") { $0 += "/\($1)" }
        let found = all.indices.filter { all[$0].path == path }
        guard !found.isEmpty else { throw APIRouteFault(unknown: text) }
        guard words.count == 2 else { return found }
        let named = found.filter { all[$0].method.rawValue == words[0] }
        guard !named.isEmpty else {
            let methods = found.map { all[$0].method.rawValue }.joined(separator: ", ")
            throw APIRouteFault(reason: "is no route; the methods of \(path)/ are \(methods), and HEAD counts as GET")
        }
        return named
    }
}

/// Why a text names no route.
struct APIRouteFault: Error {
    let reason: String
}

extension APIRouteFault {
    /// Says which route is meant most likely, or else all paths that there are.
    fileprivate init(unknown text: String) {
        let hasMethod = text.contains(" ")
        let spellings = APIRoute.all.map { hasMethod ? "\($0.method.rawValue) \($0.path)/" : "\($0.path)/" }
        let wanted = Array(text.lowercased())
        let nearest =
            spellings
            .map { (text: $0, distance: ConfigurationKey.editDistance(wanted, Array($0.lowercased()))) }
            .min { $0.distance < $1.distance }
        if let nearest, nearest.distance <= max(2, wanted.count / 4) {
            reason = "is no route; did you mean \(nearest.text)?"
        } else {
            let paths = APIRoute.all.map { "\($0.path)/" }
            let list = paths.indices.filter { $0 == 0 || paths[$0] != paths[$0 - 1] }.map { paths[$0] }
            reason = "is no route; below server.basePath there are \(list.joined(separator: ", "))"
        }
    }
}
