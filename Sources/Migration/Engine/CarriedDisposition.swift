import Attachments
import Foundation

/// A Content-Disposition as it goes along: in printable ASCII as it is; of another, its sort and its name, in the form that says all of
/// UTF-8 (RFC 6266, RFC 8187).
struct CarriedDisposition {
    let value: String
    /// Nothing but the spelling is lost.
    let isWhole: Bool

    /// Nil where it says nothing.
    init?(_ text: String) {
        guard text.contains(where: { $0 != " " }) else { return nil }
        guard !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            value = text
            isWhole = true
            return
        }
        let isInline = text.lowercased().hasPrefix("inline")
        guard let name = Self.fileName(in: text) else {
            value = isInline ? "inline" : "attachment"
            isWhole = false
            return
        }
        value = isInline ? ContentDisposition.inline(fileName: name) : ContentDisposition.attachment(fileName: name)
        isWhole = true
    }

    /// The value of the parameter `filename`; semicolons in quotes, and what stands behind a backslash there, are part of it.
    private static func fileName(in text: String) -> String? {
        var parameters: [String] = [""]
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
                continue
            } else if character == "\"" {
                isQuoted.toggle()
                continue
            } else if character == ";", !isQuoted {
                parameters.append("")
                continue
            }
            parameters[parameters.count - 1].append(character)
        }
        for parameter in parameters.dropFirst() {
            guard let equals = parameter.firstIndex(of: "=") else { continue }
            let name = parameter[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
            let value = parameter[parameter.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            if name == "filename", !value.isEmpty { return value }
        }
        return nil
    }
}
