import Catalog

/// Gives the type sniffer any bytes: as a whole file's beginning, with names that claim something, and as a file with an
/// index.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
    let prefix = [UInt8](bytes.prefix(MediaTypeSniffer.prefixByteCount))
    let plain = MediaTypeSniffer.sniff(prefix)
    for (name, type) in [("a.mp4", "video/mp4"), ("a.txt", "text/plain"), ("a.docx", nil), (nil, "image/png")] {
        let resolution = MediaTypeSniffer.resolve(prefix: prefix, fileName: name, declaredType: type)
        precondition(resolution.sniffed.mediaType.contains("/"), "A type has two parts.")
        // Claims make a type more exact; they never turn media into something else.
        if let plain, plain.kind == .image || plain.kind == .video || plain.kind == .audio {
            precondition(resolution.sniffed == plain, "The content decides.")
        }
    }
    _ = ISOMediaIndex.holdsSoundAlone(descriptor: ScratchFile.holding(data, count), byteCount: Int64(count))
    let name = FileName.clean(String(decoding: bytes.prefix(2_048), as: UTF8.self))
    precondition(!name.isEmpty && name.utf8.count <= FileName.maxByteCount && !name.contains("/"), "A name is a name.")
    return 0
}
