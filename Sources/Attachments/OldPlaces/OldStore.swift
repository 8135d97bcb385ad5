package import SigV4

/// Where objects are that have not been moved into the storage yet.
///
/// Locations are what follows the directory or the prefix. Every method throws `OldStoreError`, but for what a body throws while
/// it is read.
package protocol OldStore: Sendable {
    /// Tells this place from others, as the catalog's rows do: `directory:/srv/media` or `s3:https://host:port/bucket/prefix`.
    var identity: String { get }

    /// A URL that fetches the object without credentials until it expires; nil where the store has none of its own.
    func presignGet(_ location: String, terms: URLTerms) -> String?

    /// What is known of an object without its bytes; `notFound` where there is none.
    func head(_ location: String) async throws(OldStoreError) -> OldObjectHead

    /// Opens an object, or a range of its bytes, for a caller that reads the body later.
    func open(_ location: String, range: ClosedRange<Int64>?) async throws(OldStoreError) -> OldObject

    /// Deletes an object; one that is not there counts as deleted.
    func delete(_ location: String) async throws(OldStoreError)

    /// Ends the transport, where there is one.
    func shutdown() async
}

/// What a URL is to say, and until when.
package struct URLTerms: Sendable {
    /// When the URL is signed.
    package let signedAt: SigningTime
    /// For how long it is good.
    package let lifetime: Duration
    /// The media type of the answer.
    package let mediaType: String
    /// The Content-Disposition of the answer.
    package let disposition: String

    /// When the URL stops working; seconds since 1970 UTC.
    package var expiresAt: Int64 { signedAt.secondsSinceEpoch + lifetime.components.seconds }

    /// Makes a value.
    package init(signedAt: SigningTime, lifetime: Duration, mediaType: String, disposition: String) {
        self.signedAt = signedAt
        self.lifetime = lifetime
        self.mediaType = mediaType
        self.disposition = disposition
    }
}

/// What an old store knows of an object.
package struct OldObjectHead: Sendable, Equatable {
    /// The length in bytes.
    package let byteCount: Int64
    /// Tells this state of the object from others: printable ASCII without quotes.
    package let version: String

    /// Makes a value; what a header cannot say is left out of the version.
    package init(byteCount: Int64, version: String) {
        self.byteCount = byteCount
        self.version = String(version.filter { $0.isASCII && $0 > " " && $0 < "\u{7F}" && $0 != "\"" })
    }
}

/// An object of an old store that is open.
package struct OldObject: Sendable {
    /// What is known of it.
    package let head: OldObjectHead
    /// Its bytes, or those of the range.
    package let content: AttachmentContent

    /// Makes a value.
    package init(head: OldObjectHead, content: AttachmentContent) {
        self.head = head
        self.content = content
    }
}

/// Why an old store does not do what was asked.
package struct OldStoreError: Error, Sendable, CustomStringConvertible {
    /// What sort of failure it is.
    package enum Code: String, Sendable {
        /// There is no such object.
        case notFound = "not_found"
        /// The location leads out of the directory, or is no location.
        case outside
        /// The object is there and cannot be read or deleted.
        case refused
        /// The store does not answer; it may later.
        case unavailable
    }

    /// What sort of failure it is.
    package let code: Code
    /// What happened, for the log; names the location, which is no secret of a client's.
    package let message: String
    /// The cause, for the log.
    package let underlying: (any Error)?

    /// Makes an error.
    package init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// The code, the message and the cause.
    package var description: String {
        "old place: \(code.rawValue): \(message)\(underlying.map { " (\($0))" } ?? "")"
    }
}

/// Makes URLs of the gateway's own for objects in a store that has none.
package protocol OldObjectLinks: Sendable {
    /// A URL that fetches the original, or the rendition of that name, from its old place until it expires.
    func url(attachment id: String, rendition: String?, expiresAt: Int64) -> String
}

/// The old place that is configured: where what waits is served from.
package struct MigrationSource: Sendable {
    /// The store.
    package let store: any OldStore
    /// URLs for what the store has none of.
    package let links: any OldObjectLinks

    /// Makes a value.
    package init(store: any OldStore, links: any OldObjectLinks) {
        self.store = store
        self.links = links
    }
}
