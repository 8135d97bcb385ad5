import CCurl
import HTTPTypes

extension ActiveTransfer {
    /// The options that are the same for all transfers of a client.
    func setOptions(_ configuration: CurlConfiguration) throws(CurlError) {
        try handle.keepErrorTexts()
        // Signals and threads do not mix; the resolver's thread may outlive a cancelled transfer, so that ending one
        // never blocks the loop on a slow name server.
        try handle.set(CURLOPT_NOSIGNAL, true)
        try handle.set(CURLOPT_QUICK_EXIT, true)
        try handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try handle.set(CURLOPT_FOLLOWLOCATION, false)
        // Signatures cover the path and the query as they are.
        try handle.set(CURLOPT_PATH_AS_IS, true)
        try handle.set(CURLOPT_DISALLOW_USERNAME_IN_URL, true)
        // An empty name switches off the proxies of the environment as well.
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_TCP_NODELAY, true)
        try handle.set(CURLOPT_TCP_KEEPALIVE, true)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, configuration.connectTimeout.millisecondsRoundedUp))
        try handle.set(CURLOPT_USERAGENT, configuration.userAgent)
        try handle.set(CURLOPT_SSL_VERIFYPEER, configuration.verifiesTLS)
        try handle.set(CURLOPT_SSL_VERIFYHOST, configuration.verifiesTLS ? 2 : 0)
        if let file = configuration.certificateAuthorityFile {
            try handle.set(CURLOPT_CAINFO, file)
        }
    }

    /// The options that follow from the request.
    func setRequest(_ request: CurlRequest) throws(CurlError) {
        try handle.set(CURLOPT_URL, request.url)
        // libcurl takes the memory anew for each transfer. What answers an upload is short.
        try handle.set(CURLOPT_BUFFERSIZE, (request.method == .get ? 128 : 16) * 1024)
        try handle.set(CURLOPT_CONNECT_ONLY, request.onlyConnects)
        if request.opensConnection {
            try handle.set(CURLOPT_FRESH_CONNECT, true)
            try handle.set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
        }
        if request.method == .head {
            try handle.set(CURLOPT_NOBODY, true)
        } else if request.sendsBody {
            // Whatever the method's name, the body goes the way of PUT: with a length, or chunked when it is -1.
            try handle.set(CURLOPT_UPLOAD, true)
            try handle.set(CURLOPT_INFILESIZE_LARGE, byteCount: request.body.count ?? -1)
            try handle.set(CURLOPT_UPLOAD_BUFFERSIZE, request.uploadBufferByteCount)
            try handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        } else {
            try handle.set(CURLOPT_HTTPGET, true)
            try handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }

    /// The header lines in libcurl's spelling.
    static func headerLines(of request: CurlRequest) throws(CurlError) -> HeaderList {
        var lines = HeaderList()
        for field in request.headers where field.name != .contentLength && field.name != .transferEncoding {
            // "Name:" would remove a header that libcurl adds by itself, "Name;" sends one without a value.
            var line = field.name.rawName
            if field.value.isEmpty {
                line += ";"
            } else {
                line.reserveCapacity(line.utf8.count + 2 + field.value.utf8.count)
                line += ": "
                line += field.value
            }
            try lines.append(line)
        }
        if request.headers[.expect] == nil {
            // libcurl would wait a second for a 100 that S3 servers may not send.
            try lines.append("Expect:")
        }
        return lines
    }
}

extension CurlRequest {
    /// Whether the head says how long the body is.
    ///
    /// Servers ask for a length in these methods even when it is 0.
    fileprivate var sendsBody: Bool {
        !body.isNone || [.put, .post, .patch].contains(method)
    }

    /// Large enough to keep a fast wire busy; libcurl takes 16 KiB to 2 MiB.
    ///
    /// Short bodies come in numbers, where the memory of each counts, and are over before a wire is filled.
    fileprivate var uploadBufferByteCount: Int {
        guard let count = body.count, count <= 4 << 20 else { return 512 * 1024 }
        return max(16 * 1024, min(Int(count), 64 * 1024))
    }
}
