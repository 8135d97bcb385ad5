import CCurl

/// The owner of one libcurl easy handle and of the buffer it writes its error texts to.
///
/// Not Sendable: made, used and freed by the loop's thread.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>

    init() throws(CurlError) {
        guard let pointer = curl_easy_init() else {
            throw CurlError(code: .other, delivery: .neverSent, message: "libcurl could not make a handle")
        }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(pointer)
        errorText.deallocate()
    }

    /// Forgets all options, so that the next transfer starts from the defaults.
    ///
    /// Connections stay.
    func reset() {
        curl_easy_reset(pointer)
        errorText[0] = 0
    }

    /// What libcurl said about the last failure; empty when it said nothing.
    var lastErrorText: String {
        String(cString: errorText)
    }

    /// The bytes of requests (heads) written to a socket: 0 means that no server has seen anything.
    var delivery: CurlError.Delivery {
        var byteCount = 0
        let result = satchel_easy_get_long(pointer, CURLINFO_REQUEST_SIZE, &byteCount)
        return result == CURLE_OK && byteCount == 0 ? .neverSent : .maybeSent
    }

    /// The bytes of the request's body written to the socket.
    var uploadedByteCount: Int64 {
        var byteCount: curl_off_t = 0
        let result = satchel_easy_get_offset(pointer, CURLINFO_SIZE_UPLOAD_T, &byteCount)
        return result == CURLE_OK ? Int64(byteCount) : 0
    }

    func keepErrorTexts() throws(CurlError) {
        try check(satchel_easy_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText))
    }

    func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check(satchel_easy_set_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: Bool) throws(CurlError) {
        try set(option, value ? 1 : 0)
    }

    func set(_ option: CURLoption, byteCount: Int64) throws(CurlError) {
        try check(satchel_easy_set_offset(pointer, option, curl_off_t(byteCount)))
    }

    /// libcurl keeps a copy.
    func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        // Passed as it is, the text would be copied into an array first.
        try check(value.withCString { satchel_easy_set_string(pointer, option, $0) })
    }

    /// The pointer must stay valid until the handle is reset or freed.
    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer?) throws(CurlError) {
        try check(satchel_easy_set_pointer(pointer, option, value))
    }

    func set(_ option: CURLoption, callback: satchel_io_callback) throws(CurlError) {
        try check(satchel_easy_set_io(pointer, option, callback))
    }

    func set(seekCallback: satchel_seek_callback) throws(CurlError) {
        try check(satchel_easy_set_seek(pointer, seekCallback))
    }

    func set(prerequestCallback: satchel_prerequest_callback) throws(CurlError) {
        try check(satchel_easy_set_prerequest(pointer, prerequestCallback))
    }

    func set(openSocketCallback: satchel_open_socket_callback) throws(CurlError) {
        try check(satchel_easy_set_open_socket(pointer, openSocketCallback))
    }

    private func check(_ result: CURLcode) throws(CurlError) {
        guard result == CURLE_OK else {
            throw .of(result, delivery: .neverSent, detail: "libcurl refused an option: \(result.rawValue)")
        }
    }
}

/// The owner of a list of header lines, which libcurl reads for as long as the transfer lasts.
struct HeaderList: ~Copyable {
    private(set) var head: UnsafeMutablePointer<curl_slist>?

    mutating func append(_ line: String) throws(CurlError) {
        guard let longer = line.withCString({ curl_slist_append(head, $0) }) else {
            throw CurlError(code: .other, delivery: .neverSent, message: "out of memory for a header")
        }
        head = longer
    }

    deinit {
        curl_slist_free_all(head)
    }
}
