/// The headers of one form part (RFC 7578 section 4).
package struct FormPartHeaders: Sendable, Equatable {
    /// The field's name.
    package var name: String
    /// The file's name as the client sent it, not to be trusted; nil for a field.
    ///
    /// Empty when a browser sent a file input without a file: with an empty body that is "no file".
    package var fileName: String?
    /// The part's Content-Type, as sent.
    package var contentType: String?
    /// What the part's headers say of its digests, as sent; the lines of one header in one.
    var digests: [DigestHeader: String] = [:]

    /// Makes the headers of a part.
    package init(name: String, fileName: String? = nil, contentType: String? = nil) {
        self.name = name
        self.fileName = fileName
        self.contentType = contentType
    }

    init(fields: [FormHeaderField]) throws(FormError) {
        guard let disposition = try Self.single("content-disposition", of: fields) else {
            throw FormError(.missingContentDisposition, "A form part has no Content-Disposition.")
        }
        let parameters = try HeaderParameters.parse(bytes: disposition)
        guard parameters.value == "form-data" else {
            throw FormError(.missingContentDisposition, "A form part's Content-Disposition is not form-data.")
        }
        guard let name = parameters.partName else {
            throw FormError(.missingPartName, "A form part has no name.")
        }
        // Deprecated by RFC 7578 section 4.7. Ignoring an encoding would store a damaged file.
        if let encoding = try Self.single("content-transfer-encoding", of: fields) {
            guard ["7bit", "8bit", "binary"].contains(HeaderText.decode(encoding).lowercased()) else {
                throw FormError(.unsupportedTransferEncoding, "Content-Transfer-Encoding must be binary.")
            }
        }
        let contentType = try Self.single("content-type", of: fields).map(HeaderText.decode)
        self.init(name: name, fileName: parameters.fileName, contentType: contentType)
        for header in DigestHeader.allCases {
            let lines = fields.filter { $0.name == header.rawValue.lowercased() }.map { HeaderText.decode($0.value) }
            if !lines.isEmpty { digests[header] = lines.joined(separator: ", ") }
        }
    }

    private static func single(_ name: String, of fields: [FormHeaderField]) throws(FormError) -> [UInt8]? {
        let found = fields.filter { $0.name == name }
        guard found.count <= 1 else {
            throw FormError(.invalidPartHeader, "A form part has a header twice: \(name).")
        }
        return found.first?.value
    }
}

/// One header line of a part, unfolded.
struct FormHeaderField: Sendable, Equatable {
    /// In lower case.
    let name: String
    /// Without the white space around it.
    private(set) var value: [UInt8]

    /// Parses a line without its line end.
    init(line: [UInt8]) throws(FormError) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            !line.contains(where: { $0.isForbiddenInHeader })
        else {
            throw FormError(.invalidPartHeader, "A form part has a malformed header line.")
        }
        name = HeaderText.decode(Self.trimmed(line[..<colon])).lowercased()
        value = Self.trimmed(line[(colon + 1)...])
    }

    /// Adds a continuation line, which begins with white space (RFC 5322 section 2.2.3).
    mutating func fold(_ line: [UInt8]) throws(FormError) {
        guard !line.contains(where: { $0.isForbiddenInHeader }) else {
            throw FormError(.invalidPartHeader, "A form part has a malformed header line.")
        }
        value.append(0x20)
        value.append(contentsOf: Self.trimmed(line[...]))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard let first = bytes.firstIndex(where: { !$0.isHeaderWhitespace }),
            let last = bytes.lastIndex(where: { !$0.isHeaderWhitespace })
        else { return [] }
        return Array(bytes[first...last])
    }
}

extension UInt8 {
    /// A stray carriage return or a NUL, which other readers of the header might take for its end.
    fileprivate var isForbiddenInHeader: Bool { self == 0x0D || self == 0x00 }
}
