import CLibAV
import Media

extension Frame {
    /// A picture in YUV 4:2:0 of 8 bits as it is displayed, turned and mirrored; itself where it stands upright.
    func turned(_ orientation: Orientation) throws(MediaFailure) -> Frame {
        guard orientation != .upright else { return self }
        let target = try Frame(
            width: orientation.swapsSides ? height : width,
            height: orientation.swapsSides ? width : height,
            format: AV_PIX_FMT_YUV420P
        )
        for index in 0..<3 {
            guard let from = plane(index), let into = target.plane(index) else { throw MediaFailure.outOfMemory }
            let shift = index == 0 ? 0 : 1
            Self.turn(from, width >> shift, height >> shift, into: into, orientation)
        }
        return target
    }

    /// Turns one plane, in blocks that stay in the processor's cache.
    private static func turn(
        _ source: (bytes: UnsafeMutablePointer<UInt8>, stride: Int),
        _ width: Int,
        _ height: Int,
        into target: (bytes: UnsafeMutablePointer<UInt8>, stride: Int),
        _ orientation: Orientation
    ) {
        func offset(_ x: Int, _ y: Int) -> Int {
            let place = orientation.storedPlace(displayedX: x, y: y, storedWidth: width, height: height)
            return place.y * source.stride + place.x
        }
        let shown = orientation.swapsSides ? (width: height, height: width) : (width: width, height: height)
        let origin = offset(0, 0)
        let (right, down) = (offset(1, 0) - origin, offset(0, 1) - origin)
        let side = 32
        for top in stride(from: 0, to: shown.height, by: side) {
            for left in stride(from: 0, to: shown.width, by: side) {
                for y in top..<min(top + side, shown.height) {
                    let row = target.bytes + y * target.stride
                    var from = source.bytes + origin + y * down + left * right
                    for x in left..<min(left + side, shown.width) {
                        row[x] = from.pointee
                        from += right
                    }
                }
            }
        }
    }
}
