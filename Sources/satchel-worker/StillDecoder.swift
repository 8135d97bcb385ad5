import Media

/// A still picture of one format: its header has been read, and it is decoded when it is asked for.
protocol StillDecoder {
    /// What the header declares.
    var header: ImageHeader { get }

    /// The embedded colour profile (ICC.1); empty where there is none.
    var profile: [UInt8] { get }

    /// The picture, or a frame of an animated one, in the stored orientation; nil where there is no such frame.
    ///
    /// It is at least of the wanted size, or whole.
    func decoded(_ wanted: (width: Int, height: Int), frame: Int) throws(MediaFailure) -> VipsPicture?
}
