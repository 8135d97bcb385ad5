import Media

/// Something that pictures can be made of, in one size after another.
protocol PictureSource {
    /// The picture as displayed, in sRGB, within bounds and never enlarged.
    func picture(within bounds: PictureBounds) throws(MediaFailure) -> Picture
}

extension RepresentativePicture: PictureSource {}

extension PictureBounds {
    /// Those of a rendition.
    init(_ specification: RenditionSpecification) {
        self.init(width: specification.maxSize.width, height: specification.maxSize.height)
    }
}
