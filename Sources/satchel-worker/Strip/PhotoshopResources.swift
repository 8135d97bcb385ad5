/// Photoshop's image resources (Adobe Photoshop File Formats, "Image Resources Section").
enum PhotoshopResources {
    /// What stands before the resources in a JPEG's segment.
    static let prefix = [UInt8]("Photoshop 3.0\0".utf8)

    private enum Resource {
        static let iptc: Int64 = 0x0404
        static let exif: Int64 = 0x0422
        static let moreExif: Int64 = 0x0423
        static let xmp: Int64 = 0x0424
    }

    /// The resources without places, as long as before; zeros from where they are broken.
    static func withoutPlaces(_ resources: [UInt8]) -> [UInt8] {
        var result = resources
        var offset = 0
        // Padding may stand behind the last one.
        while offset + 12 <= resources.count, resources[offset] != 0 {
            guard let nameByteCount = resources.unsigned(at: offset + 6, 1) else { break }
            // A name with its length in front, and a content, each padded to an even number of bytes.
            let header = offset + 6 + (1 + Int(nameByteCount) + 1) / 2 * 2
            guard resources[offset..<offset + 4].allSatisfy({ (0x20...0x7E).contains($0) }),
                let id = resources.unsigned(at: offset + 4, 2), let size = resources.unsigned(at: header, 4),
                Int64(header) + 4 + size <= Int64(resources.count)
            else { break }
            let content = header + 4..<header + 4 + Int(size)
            result.replaceSubrange(content, with: withoutPlaces([UInt8](resources[content]), of: id))
            offset = min(content.upperBound + content.count % 2, resources.count)
        }
        for index in offset..<resources.count { result[index] = 0 }
        return result
    }

    private static func withoutPlaces(_ content: [UInt8], of id: Int64) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: content.count)
        switch id {
        case Resource.iptc: return IPTCRecords.withoutPlaces(content)
        case Resource.xmp: return XMPPacket.withoutPlaces(content)
        case Resource.exif, Resource.moreExif: return TIFFBlock(content)?.withoutPlaces() ?? zeros
        default: return LocationWords.appear(in: content) ? zeros : content
        }
    }
}
