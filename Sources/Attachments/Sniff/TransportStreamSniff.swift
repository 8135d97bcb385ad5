/// MPEG transport streams: packets of 188 bytes that begin with 0x47, bare or with a time code in front (M2TS).
enum TransportStreamSniff {
    static func sniff(_ prefix: SniffPrefix) -> SniffedType? {
        let layouts = [(first: 0, period: 188), (first: 4, period: 192)]
        let isStream = layouts.contains { layout in
            (0..<3).allSatisfy { prefix.byte(at: layout.first + $0 * layout.period) == 0x47 }
        }
        return isStream ? .video("video/mp2t") : nil
    }
}
