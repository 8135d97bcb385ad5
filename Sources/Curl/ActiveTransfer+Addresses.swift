import CCurl
import Glibc

extension ActiveTransfer {
    /// Has libcurl ask before each connection; the addresses of a name are judged one by one, and the next one is tried after one
    /// that is refused.
    func refusePrivateAddresses(context: UnsafeMutableRawPointer) throws(CurlError) {
        try handle.set(openSocketCallback: socketWanted)
        try handle.set(CURLOPT_OPENSOCKETDATA, pointer: context)
    }
}

/// CURLOPT_OPENSOCKETFUNCTION: makes the socket, or refuses the address.
private func socketWanted(
    _ context: UnsafeMutableRawPointer?,
    _ purpose: curlsocktype,
    _ wanted: UnsafeMutablePointer<curl_sockaddr>
) -> curl_socket_t {
    // The address is the last member and longer than it is declared, as such structures are.
    guard let context, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return CURL_SOCKET_BAD }
    let length = Int(wanted.pointee.addrlen)
    let address = UnsafeRawPointer(wanted).advanced(by: offset).assumingMemoryBound(to: sockaddr.self)
    guard PublicAddress.includes(address, length: length) else {
        ActiveTransfer.at(context).refuseAddress(PublicAddress.text(of: address, length: length))
        return CURL_SOCKET_BAD
    }
    let kind = wanted.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    return socket(wanted.pointee.family, kind, wanted.pointee.protocol)
}
