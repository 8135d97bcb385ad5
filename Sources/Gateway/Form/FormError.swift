/// Why a form cannot be read; every case is the client's fault (400).
package struct FormError: Error, Sendable, Equatable {
    /// The kinds of fault; the raw values are stable and part of the HTTP contract.
    package enum Reason: String, Sendable, CaseIterable {
        case notFormData = "not_form_data"
        case invalidBoundary = "invalid_boundary"
        case bareLineFeed = "bare_line_feed"
        case preambleTooLarge = "preamble_too_large"
        case partHeadersTooLarge = "part_headers_too_large"
        case tooManyPartHeaders = "too_many_part_headers"
        case tooManyParts = "too_many_parts"
        case invalidPartHeader = "invalid_part_header"
        case invalidHeaderParameter = "invalid_header_parameter"
        case missingContentDisposition = "missing_content_disposition"
        case missingPartName = "missing_part_name"
        case unsupportedTransferEncoding = "unsupported_transfer_encoding"
        case fieldTooLarge = "field_too_large"
        case incompleteBody = "incomplete_body"
    }

    /// The kind of fault.
    package let reason: Reason
    /// A sentence for the client; holds nothing that the client did not send.
    package let message: String

    /// The stable snake_case code.
    package var code: String { reason.rawValue }

    /// Makes an error from its kind and a sentence for the client.
    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}
