/// A `multipart/form-data` body as clients write it.
struct TestForm: Sendable {
    let boundary = "------------------------d74496d66958873e"
    private(set) var parts: [UInt8] = []

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }
    var body: [UInt8] { parts + Array("--\(boundary)--\r\n".utf8) }

    mutating func addField(_ name: String, _ value: String) {
        add("Content-Disposition: form-data; name=\"\(name)\"", Array(value.utf8))
    }

    mutating func addFile(name: String = "file", fileName: String, type: String? = nil, _ bytes: [UInt8]) {
        var headers = "Content-Disposition: form-data; name=\"\(name)\"; filename=\"\(fileName)\""
        if let type { headers += "\r\nContent-Type: \(type)" }
        add(headers, bytes)
    }

    private mutating func add(_ headers: String, _ content: [UInt8]) {
        parts += Array("--\(boundary)\r\n\(headers)\r\n\r\n".utf8) + content + [0x0D, 0x0A]
    }
}
