/// Who asks, as far as the product needs to know: the identity that the token proved and where the request came from.
package struct Requester: Sendable, Equatable {
    /// The user's id in the app that Satchel serves.
    package let userID: String
    /// Whether the token carries the service scope: the app's own back end, which needs no membership.
    package let isService: Bool
    /// The client's address, for the activity log.
    package let clientAddress: String?
    /// The client's User-Agent, for the activity log.
    package let userAgent: String?

    /// Makes a requester from what was proved about the request.
    package init(userID: String, isService: Bool = false, clientAddress: String? = nil, userAgent: String? = nil) {
        self.userID = userID
        self.isService = isService
        self.clientAddress = clientAddress
        self.userAgent = userAgent
    }
}

/// Which kinds of file an upload route takes.
package enum UploadRoute: Sendable {
    case any
    case videosOnly
}
