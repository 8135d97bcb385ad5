import Attachments
import Foundation
import S3

/// What an object is stored with in the target: all that the source had, and what tells it as ours.
///
/// Kept are the type, Content-Disposition, Cache-Control, Content-Encoding, Content-Language and user metadata. The time of
/// the file, or of the object in the source, is the metadata `mtime`: seconds since 1970 with a fraction, as rclone writes
/// and reads it.
///
/// What a header cannot say is not left out without a word: `losses` has it. `missing` has what the target did not keep.
struct ObjectDescription {
    /// The SHA-256 of the bytes, where it is known before they are sent.
    static let digestName = "satchel-sha256"
    /// The journal's name and the row's number.
    static let tokenName = "satchel-move"
    static let timeName = "mtime"

    /// S3 takes no more than this of names and values together, in bytes.
    private static let metadataLimit = 2048
    /// As long as a token is: a journal's name, and the number of a row.
    private static let tokenSample = String(repeating: "0", count: 40)
    private static let digestSample = String(repeating: "0", count: 64)
    private static let octets = "application/octet-stream"

    /// What the object is sent with.
    let headers: S3ObjectHeaders
    /// What of the source's no header can say, each in words: the copy will not have it.
    let losses: [String]

    /// The inventory's word counts before the source's, and the first bytes decide where neither says a type.
    init(
        of item: MigrationItem,
        _ object: StoredObject,
        prefix: [UInt8],
        sha256: String?,
        token: String
    ) {
        let cacheControl = item.headers?.cacheControl ?? object.cacheControl
        let contentEncoding = (item.headers?.contentEncoding ?? object.contentEncoding).flatMap(Self.ownEncoding)
        let contentLanguage = item.headers?.contentLanguage ?? object.contentLanguage
        let carried = CarriedMetadata(item.headers?.metadata ?? object.metadata)
        let disposition = item.contentDisposition ?? object.contentDisposition
        let metadata = Self.complete(
            carried.entries,
            time: item.modifiedAt ?? object.modifiedAt,
            sha256: sha256,
            token: token
        )
        headers = S3ObjectHeaders(
            contentType: Self.type(of: item, object, prefix: prefix),
            contentDisposition: disposition.flatMap(CarriedDisposition.init)?.value,
            cacheControl: cacheControl.flatMap(Self.plain),
            contentEncoding: contentEncoding.flatMap(Self.plain),
            contentLanguage: contentLanguage.flatMap(Self.plain),
            metadata: metadata.entries
        )
        var losses = carried.losses
        let type = item.contentType ?? object.contentType
        for (name, value, kept) in [
            ("media type", type, type.flatMap(Self.plain)),
            ("Cache-Control", cacheControl, headers.cacheControl),
            ("Content-Encoding", contentEncoding, headers.contentEncoding),
            ("Content-Language", contentLanguage, headers.contentLanguage),
        ] where kept == nil {
            guard let value, !value.isEmpty else { continue }
            losses.append("its \(name) \"\(value)\" is not printable ASCII")
        }
        if let disposition, !(CarriedDisposition(disposition)?.isWhole ?? true) {
            losses.append(
                "its Content-Disposition \"\(disposition)\" is not printable ASCII, and has no name that could be told"
            )
        }
        if metadata.lacksTime { losses.append("its time has no room beside its metadata") }
        self.losses = losses
    }

    /// What an object that is described so could not have in the target, for an inventory to tell beforehand.
    static func losses(of item: MigrationItem, _ object: StoredObject) -> [String] {
        ObjectDescription(of: item, object, prefix: [], sha256: digestSample, token: tokenSample).losses
    }

    /// What an object in the target was stored with and should not have been; nil where all is as it was sent.
    static func difference(_ head: S3ObjectHead, from headers: S3ObjectHeaders) -> String? {
        let pairs = [
            ("Content-Type", head.contentType, Optional(headers.contentType)),
            ("Content-Disposition", head.contentDisposition, headers.contentDisposition),
            ("Cache-Control", head.cacheControl, headers.cacheControl),
            ("Content-Encoding", head.contentEncoding, headers.contentEncoding),
            // Not every storage keeps it: that is told of.
            ("Content-Language", head.contentLanguage, head.contentLanguage == nil ? nil : headers.contentLanguage),
        ]
        for (name, found, wanted) in pairs {
            guard let wanted, found != wanted else { continue }
            return "\(name) is \(found ?? "missing") in the target, and was sent as \(wanted)"
        }
        for (name, value) in headers.metadata where head.metadata[name.lowercased()] != value {
            // Not every storage gives back what has no value: that is told of, and no reason to take the object for another.
            if value.isEmpty, head.metadata[name.lowercased()] == nil { continue }
            return
                "the metadata \(name) is \(head.metadata[name.lowercased()] ?? "missing") in the target, not \(value)"
        }
        return nil
    }

    /// Whether some of what an object is sent with may not be kept, so that it has to be looked at in the target.
    static func mayBeLost(_ headers: S3ObjectHeaders, of object: StoredObject) -> Bool {
        headers.contentLanguage != nil || object.tagCount > 0 || headers.metadata.contains { $0.value.isEmpty }
    }

    /// What an object in the target lacks without being another for it, each in words.
    ///
    /// Tags go along only where the storage copies an object by itself and in one piece.
    static func missing(in head: S3ObjectHead, of object: StoredObject, _ headers: S3ObjectHeaders) -> [String] {
        var missing: [String] = []
        let names = headers.metadata.filter { $0.value.isEmpty && head.metadata[$0.name] == nil }.map(\.name)
        if !names.isEmpty {
            missing.append("the target keeps no metadata without a value: \(names.joined(separator: ", "))")
        }
        if let language = headers.contentLanguage, head.contentLanguage == nil {
            missing.append("the target keeps no Content-Language: \(language)")
        }
        if object.tagCount > head.tagCount {
            missing.append("it had \(object.tagCount) tags at the source, and has \(head.tagCount) in the target")
        }
        return missing
    }

    private static func type(of item: MigrationItem, _ object: StoredObject, prefix: [UInt8]) -> String {
        for known in [item.contentType, object.contentType] {
            if let known, let type = plain(known) { return type }
        }
        let name = item.location.split(separator: "/").last.map(String.init)
        let sniffed = MediaTypeSniffer.resolve(prefix: prefix, fileName: name, declaredType: nil).sniffed.mediaType
        return plain(sniffed) ?? octets
    }

    /// Some servers keep the coding of the upload itself, which is not the object's.
    private static func ownEncoding(_ value: String) -> String? {
        let codings = value.split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && $0.lowercased() != "aws-chunked" }
        return codings.isEmpty ? nil : codings.joined(separator: ", ")
    }

    /// The metadata that goes along, and ours.
    private static func complete(
        _ entries: [(name: String, value: String)],
        time: Date?,
        sha256: String?,
        token: String
    ) -> (entries: [(name: String, value: String)], lacksTime: Bool) {
        var kept = entries
        var own = [(name: tokenName, value: token)]
        if let sha256 { own.append((name: digestName, value: sha256)) }
        var isTimeWanted = false
        if !kept.contains(where: { $0.name == timeName }), let time {
            own.append((name: timeName, value: seconds(time)))
            isTimeWanted = true
        }
        // What was there goes first; of ours the token is the last to be left out.
        var room = metadataLimit - kept.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        for entry in own {
            let length = entry.name.utf8.count + entry.value.utf8.count
            guard length <= room else { continue }
            room -= length
            kept.append(entry)
            if entry.name == timeName { isTimeWanted = false }
        }
        return (kept, isTimeWanted)
    }

    /// Seconds with up to six digits of a fraction, as a `Date` can hold them.
    private static func seconds(_ time: Date) -> String {
        let microseconds = Int64((time.timeIntervalSince1970 * 1e6).rounded())
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        guard rest > 0 else { return rest == 0 ? "\(whole)" : "\(time.timeIntervalSince1970)" }
        var digits = String(rest)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    private static func plain(_ value: String) -> String? {
        let isPlain = value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        return isPlain && value.utf8.contains { $0 != 0x20 } ? value : nil
    }
}
