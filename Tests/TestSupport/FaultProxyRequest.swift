/// A request on its way through a `FaultProxy`, before anything is done about it.
package struct ProxiedRequest: Sendable {
    /// 0 for the first request that the proxy saw, and so on.
    package let number: Int
    /// 0 for the first request of this operation, and so on.
    package let operationNumber: Int
    /// The operation's name in AWS's documentation, such as `UploadPart`; the method where it is none of those known.
    package let operation: String
    /// The method.
    package let method: String
    /// Path and query as they came.
    package let target: String
    private let fields: [(name: String, value: String)]

    init(_ head: FaultProxyHead, operation: String, number: Int, operationNumber: Int) {
        self.number = number
        self.operationNumber = operationNumber
        self.operation = operation
        method = head.method
        target = head.target
        fields = head.fields
    }

    /// The first field of that name, in any case; nil where there is none.
    package func header(_ name: String) -> String? {
        let name = name.lowercased()
        return fields.first { $0.name == name }?.value
    }

    /// The length of the body in bytes; nil where the head does not tell.
    package var contentLength: Int? { header("Content-Length").flatMap { Int($0) } }

    /// The operation that a request with path addressing stands for.
    package static func operation(method: String, target: String) -> String {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].drop { $0 == "/" }
        let items = parts.count > 1 ? parts[1].split(separator: "&") : []
        let query = Set(items.map { item in String(item.prefix { $0 != "=" }) })
        guard !path.isEmpty else { return method == "GET" ? "ListBuckets" : method }
        let isObject = path.firstIndex(of: "/").map { path.index(after: $0) < path.endIndex } ?? false
        return isObject ? objectOperation(method, query) : bucketOperation(method, query)
    }

    private static func objectOperation(_ method: String, _ query: Set<String>) -> String {
        switch method {
        case "GET": query.contains("uploadId") ? "ListParts" : "GetObject"
        case "HEAD": "HeadObject"
        case "PUT": query.contains("partNumber") ? "UploadPart" : "PutObject"
        case "DELETE": query.contains("uploadId") ? "AbortMultipartUpload" : "DeleteObject"
        case "POST" where query.contains("uploads"): "CreateMultipartUpload"
        case "POST" where query.contains("uploadId"): "CompleteMultipartUpload"
        default: method
        }
    }

    private static func bucketOperation(_ method: String, _ query: Set<String>) -> String {
        switch method {
        case "GET" where query.contains("uploads"): "ListMultipartUploads"
        case "GET" where query.contains("list-type"): "ListObjectsV2"
        case "GET" where query.contains("location"): "GetBucketLocation"
        case "GET": "ListObjects"
        case "HEAD": "HeadBucket"
        case "PUT": "CreateBucket"
        case "DELETE": "DeleteBucket"
        case "POST" where query.contains("delete"): "DeleteObjects"
        default: method
        }
    }
}
