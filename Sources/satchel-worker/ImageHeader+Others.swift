extension ImageHeader {
    /// JPEG 2000 (ITU T.800): SIZ of the codestream (A.5.1), or the image header box (I.5.3.1) in front of it.
    init?(jpeg2000 file: ByteView) {
        if file.has([0xFF, 0x4F, 0xFF, 0x51]) {
            let edges = stride(from: 8, through: 20, by: 4).compactMap { file.number(at: $0, count: 4) }
            guard edges.count == 4, edges[0] > edges[2], edges[1] > edges[3] else { return nil }
            self.init(.jpeg2000, width: edges[0] - edges[2], height: edges[1] - edges[3])
            return
        }
        guard let boxes = BoxView.first("jp2h", in: file), let header = BoxView.first("ihdr", in: boxes),
            let height = header.number(at: 0, count: 4), let width = header.number(at: 4, count: 4)
        else { return nil }
        self.init(.jpeg2000, width: width, height: height)
        // Of each channel its number, its type (1 and 2: transparency) and what it goes with (I.5.3.6).
        let channels = BoxView.first("cdef", in: boxes)
        let types = (0..<4).compactMap { channels?.number(at: 4 + 6 * $0, count: 2) }
        hasAlpha = types.contains(1) || types.contains(2)
    }

    /// Photoshop's own format: the size stands in the file header.
    init?(photoshop file: ByteView) {
        guard let height = file.number(at: 14, count: 4), let width = file.number(at: 18, count: 4) else { return nil }
        self.init(.photoshop, width: width, height: height)
    }
}
