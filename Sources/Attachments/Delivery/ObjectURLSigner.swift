import SigV4

/// Makes the URLs under which clients fetch objects, where the storage's own presigned ones are not wanted.
///
/// Equal arguments give equal URLs, so that caches on the way are hit. A URL is a credential: it must not be logged.
package protocol ObjectURLSigner: Sendable {
    /// A URL that fetches the object with the key until `terms.expiresAt`, by the clock of whoever checks it.
    func url(forKey key: String, terms: URLTerms) throws(URLSigningError) -> String
}

/// Why a URL could not be signed.
package struct URLSigningError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, without the URL or the key.
    package let description: String

    /// Makes an error.
    package init(_ description: String) {
        self.description = description
    }
}

/// The part of a URL that every signer signs: where the object is, and what the storage behind is to answer with.
struct SignedResource {
    /// Path and query: `/attachments/…?response-content-disposition=…&response-content-type=…`.
    let pathAndQuery: String

    init(key: String, below path: String, terms: URLTerms) {
        let disposition = PercentEncoding.encode(terms.disposition)
        let type = PercentEncoding.encode(terms.mediaType)
        pathAndQuery =
            "\(path)/\(PercentEncoding.encode(key, keepingSlash: true))"
            + "?response-content-disposition=\(disposition)&response-content-type=\(type)"
    }
}

/// Where a content delivery network answers: scheme, host and a path before the keys.
package struct DeliveryBase: Sendable, Equatable {
    /// `https://media.example.com`.
    package let origin: String
    /// What stands before the keys; empty or beginning with a slash, without one at its end.
    package let path: String

    /// Takes a URL of http or https apart; nil where it is none, or has a user, a query or a fragment.
    package init?(_ text: String) {
        let form =
            /(https?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)((?:\/[A-Za-z0-9._~%!$&'()*+,;=:@-]+)*)\/?/
        guard let match = text.wholeMatch(of: form) else { return nil }
        origin = String(match.1)
        path = String(match.2)
    }
}
