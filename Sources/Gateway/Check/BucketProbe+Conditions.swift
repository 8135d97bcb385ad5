import HTTPTypes
import S3

// Whether the storage keeps what is under a key where a write asks for that.
extension BucketProbe {
    private static let condition = (name: "if-none-match", value: "*")

    /// Whether `If-None-Match: *` is heeded by each kind of write, to a key that is not free.
    func conditions() async throws -> CheckLine {
        let subject = "conditions"
        try await store("condition")
        let outcomes = [
            ("PutObject", Self.outcome(try await put("condition", headers: [Self.condition]))),
            ("CompleteMultipartUpload", Self.outcome(try await completeOnCondition("condition"))),
            ("CopyObject", Self.outcome(try await copyOnCondition("condition"))),
        ]
        let told = outcomes.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        guard outcomes.allSatisfy({ $0.1 == Self.heeded }) else {
            return .note(subject, "If-None-Match: \(told); what is not heeded can overwrite what comes meanwhile")
        }
        return .good(subject, "If-None-Match: \(told); nothing that is there is overwritten")
    }

    private static let heeded = "heeded"

    private static func outcome(_ answer: S3TrialAnswer) -> String {
        guard !answer.isSuccess else { return "ignored" }
        return answer.status == 412 ? heeded : "refused (\(answer.error.code.text))"
    }

    private func completeOnCondition(_ name: String) async throws(S3Error) -> S3TrialAnswer {
        let upload = try await openUpload(name)
        let parts = [try await send(Self.content, as: 1, of: upload)]
        var trial = S3Trial.completion(key: upload.key, uploadID: upload.id, parts: parts)
        trial.headers.append(Self.condition)
        let answer = try await client.perform(trial)
        if answer.isSuccess { traces.forget(upload) }
        return answer
    }

    private func copyOnCondition(_ name: String) async throws(S3Error) -> S3TrialAnswer {
        let source = try await store("condition-source")
        var trial = S3Trial("CopyObject", .put, key: traces.key(name))
        // Both names are plain: there is nothing to encode.
        trial.headers = [
            (name: "x-amz-copy-source", value: "\(settings.bucket)/\(source)"),
            (name: "x-amz-metadata-directive", value: "REPLACE"),
            Self.condition,
        ]
        return try await client.perform(trial)
    }
}
