import HTTPTypes

/// The trace that the calls of a task belong to, in the words of W3C Trace Context.
///
/// It goes along with each call as `traceparent` and `tracestate`. Both stay out of the signature: proxies and meshes on
/// the way may put themselves in as the parent, and a signature over what they change would be refused. S3 demands that
/// `Host` and `x-amz-…` are signed, and nothing of others.
package struct S3Trace: Sendable, Equatable {
    /// The trace of the calls that the running task makes; nil outside of requests.
    @TaskLocal package static var current: S3Trace?

    /// The value of `traceparent`.
    package var parent: String
    /// The value of `tracestate`, where there is one.
    package var state: String?

    /// Makes a trace of values that are valid already.
    package init(parent: String, state: String? = nil) {
        self.parent = parent
        self.state = state
    }

    func add(to fields: inout HTTPFields) {
        fields[Self.parentName] = parent
        if let state { fields[Self.stateName] = state }
    }

    private static let parentName = constant("traceparent")
    private static let stateName = constant("tracestate")

    private static func constant(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no token") }
        return name
    }
}
