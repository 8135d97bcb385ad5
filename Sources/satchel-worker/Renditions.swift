import Media

/// The pictures that are made of a file, and its placeholder.
struct Renditions {
    /// In the order of the specifications; none that could not be made.
    private(set) var pictures: [RenderedPicture] = []
    private(set) var placeholder: String?
    /// Why not every picture could be made.
    private(set) var reason: MediaFailure?

    /// Makes them all.
    init(of source: any PictureSource, as specifications: [RenditionSpecification], maxByteCount: Int) {
        var made: [Int: RenderedPicture] = [:]
        // The largest first: it is decoded, the others can be made of it.
        let order = specifications.indices.sorted {
            specifications[$0].effectivePixels > specifications[$1].effectivePixels
        }
        do throws(MediaFailure) {
            for index in order {
                let picture = try source.picture(within: PictureBounds(specifications[index]))
                do throws(MediaFailure) {
                    made[index] = try Self.render(picture, as: specifications[index], maxByteCount: maxByteCount)
                } catch {
                    reason = reason ?? error
                }
            }
            let side = ThumbHash.maxSide
            let picture = try source.picture(within: PictureBounds(width: side, height: side))
            placeholder = ThumbHash(width: picture.width, height: picture.height, rgba: picture.rgba)?.placeholder
        } catch {
            reason = reason ?? error
        }
        pictures = specifications.indices.compactMap { made[$0] }
    }

    /// Encodes a picture by a specification.
    static func render(
        _ picture: Picture,
        as specification: RenditionSpecification,
        maxByteCount: Int
    ) throws(MediaFailure) -> RenderedPicture {
        let (bytes, mediaType) = try PictureEncoder.encode(picture, as: specification)
        guard bytes.count <= maxByteCount else {
            throw MediaFailure(.answerTooLarge, "The rendered picture has more bytes than the limit.")
        }
        return RenderedPicture(
            name: specification.name,
            bytes: bytes,
            width: picture.width,
            height: picture.height,
            mediaType: mediaType
        )
    }
}
