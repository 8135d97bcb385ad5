extension String {
    /// Host and port of a URL as they stand there, for a line that must not show the rest: a path or a query may be a secret.
    var urlAuthority: String {
        let rest = firstRange(of: "://").map { self[$0.upperBound...] } ?? self[...]
        let authority = rest.prefix { !"/?#".contains($0) }
        return String(authority.split(separator: "@").last ?? authority)
    }
}
