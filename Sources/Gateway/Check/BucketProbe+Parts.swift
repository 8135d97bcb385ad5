import NIOCore
import S3

// What the storage asks of uploads in parts.
extension BucketProbe {
    private static let mebibyte: Int64 = 1 << 20
    /// What is suggested for a server that takes no parts of 5 MiB and does not name its least.
    private static let largestKnownMinimum = 64 * mebibyte

    /// Which part sizes are taken: whether small ones are refused, and whether they must be equal.
    ///
    /// Sends some 10 MB, of which one buffer of 5 MB is kept in memory.
    func partRules() async throws -> [CheckLine] {
        let small = try await openUpload("parts-small")
        let smallAnswer = try await complete(
            small,
            [
                try await send(Self.content, as: 1, of: small),
                try await send(Self.content, as: 2, of: small),
            ]
        )
        let unequal = try await openUpload("parts-unequal")
        let larger = ByteBuffer(repeating: 0x61, count: Int(PartSizing.minimum) + 1)
        let smaller = larger.getSlice(at: larger.readerIndex, length: Int(PartSizing.minimum)) ?? larger
        let parts = [
            try await send(larger, as: 1, of: unequal),
            try await send(smaller, as: 2, of: unequal),
            try await send(Self.content, as: 3, of: unequal),
        ]
        let unequalAnswer = try await complete(unequal, parts)
        return [
            partSizeLine(small: smallAnswer, full: unequalAnswer),
            try await equalityLine(unequalAnswer, key: unequal.key, parts: parts),
        ]
    }

    private func partSizeLine(small: S3TrialAnswer, full: S3TrialAnswer) -> CheckLine {
        let subject = "part size"
        let isFullRefused = !full.isSuccess && full.error.code == .entityTooSmall
        let named = Self.namedMinimum(full) ?? Self.namedMinimum(small)
        let minimum = named ?? (isFullRefused ? Self.largestKnownMinimum : PartSizing.minimum)
        let megabytes = (max(minimum, partSizeBytes) + Self.mebibyte - 1) / Self.mebibyte
        let setting = SuggestedSetting(.s3PartMegabytes, "\(megabytes)")
        guard minimum <= partSizeBytes else {
            let least = named.map { "\($0) bytes" } ?? "more than \(PartSizing.minimum) bytes"
            let detail = "parts must have \(least), more than s3.partMegabytes (\(partSizeBytes / Self.mebibyte)) gives"
            return .bad(subject, detail, setting: setting)
        }
        guard !small.isSuccess else {
            return .note(subject, "parts of less than 5 MiB are taken; Satchel sends none", setting: setting)
        }
        return .good(subject, "parts that are too small are refused (\(small.error.code.text))", setting: setting)
    }

    private func equalityLine(_ answer: S3TrialAnswer, key: String, parts: [S3Part]) async throws -> CheckLine {
        let subject = "equal parts"
        guard answer.isSuccess else {
            guard answer.error.code != .entityTooSmall else {
                return .note(subject, "not measured, for that would take parts of more than 5 MiB; Satchel's are equal")
            }
            return .note(subject, "all parts but the last must be equal (\(answer.error.code.text)); Satchel's are")
        }
        let byteCount = parts.reduce(0) { $0 + $1.byteCount }
        let head = try await client.headObject(key: key)
        guard head.byteCount == byteCount else {
            return .bad(subject, "an object of \(byteCount) bytes in parts is stored as one of \(head.byteCount)")
        }
        return .good(subject, "not required; Satchel's are equal nevertheless")
    }

    /// The least part that a refusal names; AWS does.
    private static func namedMinimum(_ answer: S3TrialAnswer) -> Int64? {
        guard !answer.isSuccess, let minimum = answer.text(of: "MinSizeAllowed").flatMap({ Int64($0) }),
            (PartSizing.minimum...PartSizing.maximum).contains(minimum)
        else { return nil }
        return minimum
    }

    /// What the storage says when an upload is completed once more, as after an answer that was lost.
    func secondCompletion() async throws -> CheckLine {
        let subject = "second complete"
        let (upload, parts) = try await storeInParts("complete-twice")
        let answer = try await complete(upload, parts)
        guard !answer.isSuccess else {
            return .good(subject, "completing an upload again is answered as the first time")
        }
        let why = answer.error.code.text
        guard answer.error.isNotFound else {
            return .note(subject, "completing an upload again is refused: \(why)")
        }
        return .good(subject, "a completed upload is forgotten (\(why)): the object's own token settles it")
    }

    /// Whether an upload whose id was lost can be found again.
    func openUploads() async throws -> CheckLine {
        let subject = "open uploads"
        let upload = try await openUpload("open/upload")
        let folder = String(upload.key.dropLast("upload".count))
        do throws(S3Error) {
            let byPrefix = try await client.listMultipartUploads(prefix: folder)
            if byPrefix.contains(where: { $0.uploadID == upload.id }) {
                return .good(subject, "listed, by a prefix and by the whole key")
            }
            let byKey = try await client.listMultipartUploads(prefix: upload.key)
            if byKey.contains(where: { $0.uploadID == upload.id }) {
                return .good(subject, "listed by the whole key alone, as Satchel asks for them")
            }
            return .note(
                subject,
                "not listed: parts of an upload whose answer was lost stay. Set a lifecycle rule that aborts old uploads"
            )
        } catch {
            guard error.status == 403 else { throw error }
            return .bad(subject, "listing them is denied (\(error.code.text)). Allow s3:ListBucketMultipartUploads")
        }
    }
}
