import CCurl
import Glibc

extension ActiveTransfer {
    /// Has libcurl call the functions below, on the loop's thread, with `context` to find the transfer by.
    func setCallbacks(context: UnsafeMutableRawPointer, seekable: Bool) throws(CurlError) {
        try handle.set(CURLOPT_PRIVATE, pointer: context)
        try handle.set(CURLOPT_HEADERFUNCTION, callback: headerLineArrived)
        try handle.set(CURLOPT_HEADERDATA, pointer: context)
        try handle.set(CURLOPT_WRITEFUNCTION, callback: bodyArrived)
        try handle.set(CURLOPT_WRITEDATA, pointer: context)
        try handle.set(CURLOPT_READFUNCTION, callback: bodyWanted)
        try handle.set(CURLOPT_READDATA, pointer: context)
        try handle.set(prerequestCallback: requestComes)
        try handle.set(CURLOPT_PREREQDATA, pointer: context)
        if seekable {
            try handle.set(seekCallback: seekWanted)
            try handle.set(CURLOPT_SEEKDATA, pointer: context)
        }
    }
}

/// CURLOPT_HEADERFUNCTION: anything but the byte count fails the transfer.
private func headerLineArrived(
    _ bytes: UnsafeMutablePointer<CChar>,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return ActiveTransfer.at(context).receiveHeaderLine(line) ? line.count : 0
}

/// CURLOPT_WRITEFUNCTION: after a pause libcurl hands over the same bytes again.
private func bodyArrived(
    _ bytes: UnsafeMutablePointer<CChar>,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return ActiveTransfer.at(context).receiveBody(chunk) ? chunk.count : Int(CURL_WRITEFUNC_PAUSE)
}

/// CURLOPT_READFUNCTION: 0 is the end of the body.
private func bodyWanted(
    _ bytes: UnsafeMutablePointer<CChar>,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return Int(CURL_READFUNC_ABORT) }
    let target = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
    return switch ActiveTransfer.at(context).readBody(into: target) {
    case .bytes(let byteCount): byteCount
    case .nothingYet: Int(CURL_READFUNC_PAUSE)
    case .failed: Int(CURL_READFUNC_ABORT)
    }
}

/// CURLOPT_SEEKFUNCTION: libcurl only asks for positions from the start.
private func seekWanted(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    guard let context, origin == SEEK_SET, ActiveTransfer.at(context).seekBody(to: Int64(offset)) else {
        return CURL_SEEKFUNC_CANTSEEK
    }
    return CURL_SEEKFUNC_OK
}

/// CURLOPT_PREREQFUNCTION: comes before each request that is written, repeated ones included.
private func requestComes(
    _ context: UnsafeMutableRawPointer?,
    _ primaryAddress: UnsafeMutablePointer<CChar>?,
    _ localAddress: UnsafeMutablePointer<CChar>?,
    _ primaryPort: Int32,
    _ localPort: Int32
) -> Int32 {
    guard let context, ActiveTransfer.at(context).willSendRequest() else {
        return CURL_PREREQFUNC_ABORT
    }
    return CURL_PREREQFUNC_OK
}
