import Media

extension StrictReader {
    /// The renditions that are to be made: the standard ones as they are set, then those that the operator named.
    mutating func renditions() async -> [RenditionSpecification] {
        let standard = [RenditionSpecification.thumbnail, .preview]
        let others = names(of: .pictures).filter { name in !standard.contains { $0.name == name } }
        var found: [RenditionSpecification] = []
        for name in standard.map(\.name) + others {
            if let rendition = await rendition(name, standard: standard.first { $0.name == name }) {
                found.append(rendition)
            }
        }
        let most = MediaRequest.maxRenditionCount
        if found.count > most {
            report(ConfigurationFault("media.renditions", value: "\(found.count)", "are too many; at most \(most)"))
        }
        return found
    }

    /// The rendition; nil where it is not to be made, or cannot be for a fault.
    private mutating func rendition(
        _ name: String,
        standard: RenditionSpecification?
    ) async -> RenditionSpecification? {
        let kinds = await choice(
            NamedKey.picture(name, .kinds),
            default: standard.map { Kinds($0.scope) } ?? .all,
            allowed: Kinds.allCases
        )
        let size = await size(name, standard: standard, isMade: kinds != .none)
        let format = await choice(
            NamedKey.picture(name, .format),
            default: standard?.format ?? .jpeg,
            allowed: [RenditionSpecification.Format.jpeg, .webp]
        )
        let quality = await integer(NamedKey.picture(name, .quality), in: 1...100) ?? standard?.quality ?? 80
        let alpha = await choice(
            NamedKey.picture(name, .alpha),
            default: standard?.alpha ?? .flattened,
            allowed: [RenditionSpecification.Alpha.flattened, .kept]
        )
        guard let scope = kinds.scope, let size else { return nil }
        return RenditionSpecification(
            name: name,
            bound: size.bound,
            pixels: size.pixels,
            format: format,
            quality: quality,
            alpha: alpha,
            scope: scope
        )
    }

    /// The side that is bounded and its pixels; nil, and a fault, where not exactly one is said.
    private mutating func size(
        _ name: String,
        standard: RenditionSpecification?,
        isMade: Bool
    ) async -> (bound: RenditionSpecification.Bound, pixels: Int)? {
        let range = 16...RenditionSpecification.maxPixels
        let (widthKey, longEdgeKey) = (NamedKey.picture(name, .width), NamedKey.picture(name, .longEdge))
        let hasWidth = await text(widthKey) != nil
        let hasLongEdge = await text(longEdgeKey) != nil
        let width = await integer(widthKey, in: range)
        let longEdge = await integer(longEdgeKey, in: range)
        if hasWidth, hasLongEdge {
            let reason = "is set together with \(widthKey.rawValue); set one of them"
            report(ConfigurationFault(longEdgeKey.rawValue, value: longEdge.map { "\($0)" }, reason))
            return nil
        }
        if let width { return (.width, width) }
        if let longEdge { return (.longEdge, longEdge) }
        if let standard { return (standard.bound, standard.pixels) }
        if isMade, !hasWidth, !hasLongEdge {
            let keys = "\(widthKey.rawValue) or \(longEdgeKey.rawValue)"
            report(ConfigurationFault("\(NamedKeyFamily.pictures.prefix)\(name)", "has no size: set \(keys)"))
        }
        return nil
    }
}

/// Of which files a rendition is made, as the operator says it.
private enum Kinds: String, CaseIterable {
    case all
    case images
    case none

    init(_ scope: RenditionSpecification.Scope) {
        switch scope {
        case .all: self = .all
        case .images: self = .images
        }
    }

    var scope: RenditionSpecification.Scope? {
        switch self {
        case .all: .all
        case .images: .images
        case .none: nil
        }
    }
}
