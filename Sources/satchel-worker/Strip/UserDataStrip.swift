import Media

/// Frees what a movie or a track says about itself: `udta`, `meta`, and iTunes' and QuickTime's lists in them.
extension ISOEditor {
    /// Boxes of user data that change how the file plays: hints, chapters, roles of tracks.
    private static let played: Set<FourCC> = ["hnti", "hinf", "chpl", "kind", "tsel", "strk"]
    /// QuickTime's and 3GPP's texts of a place.
    private static let places: Set<FourCC> = ["©xyz", "loci"]

    mutating func takeUserData(_ box: ISOBox) throws(StripError) {
        // Makers put what they like in here: what is no list of boxes goes as a whole.
        guard let children = try reader.soundBoxes(in: box.content) else {
            return try free(box)
        }
        if mode == .all {
            guard try anyIsPlayed(children) else { return try free(box) }
        }
        for child in children {
            if child.type == "meta" {
                try takeMeta(child)
            } else if child.type == "XMP_", mode == .location {
                try freePacket(child)
            } else if Self.places.contains(child.type) {
                try free(child)
            } else if !Self.played.contains(child.type) {
                try dispose(of: child)
            }
        }
    }

    /// Everything in a `meta` box is about the film; one that describes pictures is not for this.
    mutating func takeMeta(_ box: ISOBox) throws(StripError) {
        guard let children = try reader.soundMetaBoxes(box) else { return try free(box) }
        if mode == .all {
            guard try isPlayed(box) else { return try free(box) }
        }
        let keys = try placeKeys(children.content(of: "keys"))
        for child in children {
            switch child.type {
            case "hdlr": try blankName(child)
            case "ilst": try takeList(child, placeKeys: keys)
            case "keys": if mode == .all { try free(child) }
            default: try dispose(of: child)
            }
        }
    }

    private mutating func takeList(_ list: ISOBox, placeKeys: Set<Int64>) throws(StripError) {
        guard let items = try reader.soundBoxes(in: list.content) else {
            return try free(list)
        }
        for item in items where try !isGapless(item) {
            // With keys, an item's type is the number of its key.
            let key = item.type.bytes.unsigned(at: 0, 4) ?? 0
            if placeKeys.contains(key) || Self.places.contains(item.type) {
                try free(item)
            } else if item.type == "covr", mode == .location {
                try takeCovers(item)
            } else {
                try dispose(of: item)
            }
        }
    }

    /// A cover that is a JPEG may have metadata of its own.
    private mutating func takeCovers(_ item: ISOBox) throws(StripError) {
        let covers = try reader.soundBoxes(in: item.content) ?? []
        guard !covers.isEmpty else { return try dispose(of: item) }
        for cover in covers {
            // A type and a country stand before the picture.
            let content = cover.content.dropping(8)
            let picture = StripReader(source: SubSource(base: reader.source, range: content))
            do throws(StripError) {
                var inner = edits
                inner.base += content.lowerBound
                edits.take(try JPEGStrip(picture, at: 0, mode: mode, edits: inner).edits)
            } catch {
                guard error.reason == .malformed || error.reason == .unsupported else { throw error }
                try dispose(of: cover)
            }
        }
    }

    /// The numbers, from 1, of the keys that name a place (QuickTime File Format, "Metadata Item Keys Atom").
    private func placeKeys(_ keys: Range<Int64>) throws(StripError) -> Set<Int64> {
        var numbers: Set<Int64> = []
        // Behind a version and a count, each key is a box whose type is the key's namespace.
        let list = try reader.soundBoxes(in: keys.dropping(8)) ?? []
        for (index, key) in list.enumerated() {
            let name = try reader.bytes(at: key.content.lowerBound, upTo: min(Int(key.content.count), 1_024))
            if LocationWords.isName(name) { numbers.insert(Int64(index) + 1) }
        }
        return numbers
    }

    private func anyIsPlayed(_ boxes: [ISOBox]) throws(StripError) -> Bool {
        for box in boxes where try isPlayed(box) { return true }
        return false
    }

    /// It changes how the file plays, or holds what does.
    private func isPlayed(_ box: ISOBox) throws(StripError) -> Bool {
        guard box.type == "meta" else { return Self.played.contains(box.type) }
        let children = try reader.soundMetaBoxes(box) ?? []
        for list in children where list.type == "ilst" {
            let items = try reader.soundBoxes(in: list.content) ?? []
            for item in items where try isGapless(item) { return true }
        }
        return false
    }

    /// How many samples an encoder put before and behind the sound.
    private func isGapless(_ item: ISOBox) throws(StripError) -> Bool {
        guard item.type == "----", item.content.count <= 1_024 else { return false }
        let content = try reader.bytes(item.content)
        let name = [UInt8]("iTunSMPB".utf8)
        return content.indices.contains { content.holds(name, at: $0) }
    }
}

extension StripReader {
    /// The boxes of a list; nil where it is broken.
    fileprivate func soundBoxes(in list: Range<Int64>) throws(StripError) -> [ISOBox]? {
        do throws(StripError) {
            return try boxes(in: list)
        } catch {
            guard error.reason == .malformed else { throw error }
            return nil
        }
    }

    /// The boxes in a meta box; nil where they are broken.
    fileprivate func soundMetaBoxes(_ meta: ISOBox) throws(StripError) -> [ISOBox]? {
        do throws(StripError) {
            return try metaBoxes(meta)
        } catch {
            guard error.reason == .malformed else { throw error }
            return nil
        }
    }
}
