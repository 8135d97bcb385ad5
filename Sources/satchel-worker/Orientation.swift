import CLibAV

/// How a stored picture is turned and mirrored into the displayed one: a matrix of -1, 0 and 1 for points (x, y) with y
/// downwards.
///
/// (x', y') = (xx x + xy y, yx x + yy y).
struct Orientation: Equatable {
    let xx, xy, yx, yy: Int

    static let upright = Orientation(xx: 1, xy: 0, yx: 0, yy: 1)

    /// The orientation that EXIF numbers 1 to 8; nil for other numbers.
    init?(exif number: Int) {
        switch number {
        case 1: self.init(xx: 1, xy: 0, yx: 0, yy: 1)
        case 2: self.init(xx: -1, xy: 0, yx: 0, yy: 1)
        case 3: self.init(xx: -1, xy: 0, yx: 0, yy: -1)
        case 4: self.init(xx: 1, xy: 0, yx: 0, yy: -1)
        case 5: self.init(xx: 0, xy: 1, yx: 1, yy: 0)
        case 6: self.init(xx: 0, xy: -1, yx: 1, yy: 0)
        case 7: self.init(xx: 0, xy: -1, yx: -1, yy: 0)
        case 8: self.init(xx: 0, xy: 1, yx: -1, yy: 0)
        default: return nil
        }
    }

    /// The nearest orientation to a display matrix (a b u, c d v, x y w) in fixed point; upright for one that says nothing.
    init(displayMatrix matrix: UnsafePointer<Int32>) {
        let (a, b) = (Int64(matrix[0]), Int64(matrix[1]))
        let (c, d) = (Int64(matrix[3]), Int64(matrix[4]))
        let straight = abs(a) + abs(d)
        let turned = abs(b) + abs(c)
        if straight >= turned, a != 0, d != 0 {
            self.init(xx: Int(a.signum()), xy: 0, yx: 0, yy: Int(d.signum()))
        } else if turned > straight, b != 0, c != 0 {
            self.init(xx: 0, xy: Int(c.signum()), yx: Int(b.signum()), yy: 0)
        } else {
            self = .upright
        }
    }

    /// The orientation of a video stream; upright for one without a display matrix.
    init(_ stream: UnsafeMutablePointer<AVStream>) {
        guard let matrix = satchel_display_matrix(stream) else {
            self = .upright
            return
        }
        self.init(displayMatrix: matrix)
    }

    /// The orientation that a decoder found inside the picture; nil where it found none.
    init?(frame: UnsafePointer<AVFrame>) {
        guard let side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX),
            side.pointee.size >= 9 * MemoryLayout<Int32>.size, let data = side.pointee.data
        else { return nil }
        self = data.withMemoryRebound(to: Int32.self, capacity: 9) { Orientation(displayMatrix: $0) }
    }

    private init(xx: Int, xy: Int, yx: Int, yy: Int) {
        self.xx = xx
        self.xy = xy
        self.yx = yx
        self.yy = yy
    }

    /// Width and height change places.
    var swapsSides: Bool { xx == 0 }

    /// Where in a stored picture, or grid, of a width and a height stands what is displayed at a place.
    func storedPlace(displayedX x: Int, y: Int, storedWidth width: Int, height: Int) -> (x: Int, y: Int) {
        // From where a negative axis begins; the matrix is orthogonal: its inverse is its transpose.
        let dx = x - (xx < 0 ? width - 1 : 0) - (xy < 0 ? height - 1 : 0)
        let dy = y - (yx < 0 ? width - 1 : 0) - (yy < 0 ? height - 1 : 0)
        return (x: xx * dx + yx * dy, y: xy * dx + yy * dy)
    }

    /// The clockwise degrees to turn the stored picture by; a mirroring from left to right comes after.
    var rotation: Int {
        let isMirrored = xx * yy - xy * yx < 0
        let (cosine, sine) = (isMirrored ? -xx : xx, yx)
        switch (cosine, sine) {
        case (1, _): return 0
        case (-1, _): return 180
        case (_, 1): return 90
        default: return 270
        }
    }
}
