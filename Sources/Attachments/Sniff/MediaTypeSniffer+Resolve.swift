import Catalog

extension MediaTypeSniffer {
    /// What the file is, given its first bytes and what is claimed of it.
    ///
    /// The content decides. A name or declared type only tells apart what shares a signature (text formats, ZIP
    /// documents, old Office files), and lets text in an old encoding or an empty file be text.
    package static func resolve(prefix: [UInt8], fileName: String?, declaredType: String?) -> SniffResolution {
        let claims = [
            KnownType.claimed(byDeclaredType: declaredType),
            KnownType.claimed(byFileName: fileName),
        ]
        .compactMap { $0 }
        let content = storedType(sniff(prefix), prefix: prefix, claims: claims)
        let mediaKinds = claims.map(\.kind).filter { $0 != .document && $0 != .other }
        return SniffResolution(
            sniffed: content,
            claimedKind: mediaKinds.first ?? claims.first?.kind,
            isMismatch: !mediaKinds.isEmpty && !claims.contains { agrees($0, with: content) }
        )
    }

    private static func storedType(_ content: SniffedType?, prefix: [UInt8], claims: [KnownType]) -> SniffedType {
        guard let content else {
            let mayBeText = prefix.isEmpty || SniffPrefix(prefix).hasNoControlBytes
            guard mayBeText, let claim = claims.first(where: { $0.family == .text }) else { return .unknown }
            return .document(claim.mediaType)
        }
        guard let family = TypeFamily(base: content.mediaType),
            let claim = claims.first(where: { $0.family == family && $0.mediaType != content.mediaType })
        else { return content }
        return .document(claim.mediaType)
    }

    /// Audio and video share their containers: a recorder's WebM or MP4 may hold either.
    ///
    /// A vector graphic may not pass for another picture, for it can run scripts.
    private static func agrees(_ claim: KnownType, with content: SniffedType) -> Bool {
        switch (claim.kind, content.kind) {
        case (.audio, .video), (.video, .audio): true
        case (.image, .image): content.isVectorGraphic == (claim.mediaType == SniffedType.vectorGraphic.mediaType)
        // A film's container that holds neither picture nor sound.
        default: claim.kind == content.kind || claim.mediaType == content.mediaType
        }
    }
}
