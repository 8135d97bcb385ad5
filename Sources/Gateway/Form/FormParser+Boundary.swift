extension FormParser {
    /// The boundary that a Content-Type names, quoted or not (RFC 2046 section 5.1.1).
    ///
    /// Throws `not_form_data` for another type, `invalid_boundary` for one that is missing, over 70 characters long or
    /// holds characters that no boundary may hold.
    package static func boundary(fromContentType contentType: String) throws(FormError) -> String {
        let parameters = try HeaderParameters.parse(contentType)
        guard parameters.value == "multipart/form-data" else {
            throw FormError(.notFormData, "The Content-Type is not multipart/form-data.")
        }
        guard let boundary = parameters.text(of: "boundary") else {
            throw FormError(.invalidBoundary, "The Content-Type names no boundary.")
        }
        guard (1...70).contains(boundary.utf8.count), !boundary.hasSuffix(" "),
            boundary.utf8.allSatisfy({ $0 == 0x20 || Self.boundaryBytes.contains($0) })
        else {
            throw FormError(.invalidBoundary, "The boundary in the Content-Type is not valid.")
        }
        return boundary
    }

    /// What RFC 2046 lets a boundary be made of, and the other characters of a token (RFC 9110 section 5.6.2).
    private static let boundaryBytes = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'()+_,-./:=?!#$%&*^`|~{}".utf8
    )
}
