/// What each operation answers to whom: one line an operation.
struct AccessRow: Sendable, CustomStringConvertible {
    let method: String
    /// As docs/openapi.yaml names it.
    let path: String
    /// What follows the path.
    let query: String
    let body: String?
    /// The statuses for stranger, participant, uploader, admin, service and reader; all others get `others`.
    ///
    /// Nil where anyone gets 200.
    let statuses: [Int]?
    /// The status for those without a good token.
    let others: Int

    init(
        _ method: String,
        _ path: String,
        _ statuses: [Int]?,
        others: Int = 401,
        query: String = "",
        body: String? = nil
    ) {
        self.others = others
        self.method = method
        self.path = path
        self.statuses = statuses
        self.query = query
        self.body = body
    }

    var description: String { "\(method) \(path)\(query)" }

    private static let backEnd = [403, 403, 403, 403, 200, 403]
    private static let operators = [403, 403, 403, 403, 200, 200]
    private static let members = [404, 200, 200, 200, 200, 404]
    private static let noJob = [403, 403, 403, 403, 404, 403]
    private static let nowhere = [404, 404, 404, 404, 404, 404]
    private static let redirected = [404, 302, 302, 302, 302, 404]

    /// `{a}`, `{m}` and `{c}` in a query or body stand for an attachment of ann, its message and its conversation.
    static let all: [AccessRow] = [
        AccessRow(
            "POST",
            "/upload/",
            [403, 201, 201, 201, 201, 403],
            query: "?message_id={m}",
            body: "%PDF-1.7 a file"
        ),
        AccessRow(
            "POST",
            "/videos/upload/",
            [403, 415, 415, 415, 415, 403],
            query: "?message_id={m}",
            body: "%PDF-1.7 no film"
        ),
        AccessRow("GET", "/videos/{id}/download/", members),
        AccessRow("HEAD", "/videos/{id}/download/", members),
        AccessRow("GET", "/attachments/", members, query: "?message_id={m}"),
        AccessRow("GET", "/attachments/", members, query: "?conversation_id={c}"),
        AccessRow("GET", "/attachments/{id}/", members),
        AccessRow("HEAD", "/attachments/{id}/", members),
        AccessRow("DELETE", "/attachments/{id}/", [404, 403, 200, 200, 200, 404]),
        AccessRow("DELETE", "/attachments/{id}/", [404, 403, 200, 403, 200, 404], query: "?purge=true"),
        AccessRow("POST", "/attachments/{id}/restore/", [404, 403, 200, 200, 200, 404]),
        AccessRow("GET", "/trash/", [200, 200, 200, 200, 200, 200]),
        AccessRow("GET", "/attachments/{id}/content/", redirected),
        AccessRow("HEAD", "/attachments/{id}/content/", redirected),
        AccessRow("GET", "/attachments/{id}/content/", [404, 403, 403, 403, 403, 404], query: "?proxy=1"),
        AccessRow("GET", "/attachments/{id}/thumbnail/", redirected),
        AccessRow("HEAD", "/attachments/{id}/thumbnail/", redirected),
        AccessRow("GET", "/attachments/{id}/events/", members),
        AccessRow("HEAD", "/attachments/{id}/events/", members),
        AccessRow("POST", "/attachments/{id}/revoke/", [404, 403, 200, 200, 200, 404]),
        AccessRow("POST", "/attachments/{id}/reprocess/", [404, 403, 202, 202, 202, 404]),
        // Open to who has a signed URL, of which there are none without an old place.
        AccessRow("GET", "/old-objects/{id}/", nowhere, others: 404),
        AccessRow("HEAD", "/old-objects/{id}/", nowhere, others: 404),
        AccessRow("GET", "/messages/{id}/", members),
        // Nobody sees a playlist where there is no ladder.
        AccessRow("GET", "/attachments/{id}/hls/master.m3u8", nowhere),
        AccessRow("HEAD", "/attachments/{id}/hls/master.m3u8", nowhere),
        // Open to who has a signed URL, of which there are none without a ladder.
        AccessRow("GET", "/hls/{id}/{playlist}", nowhere, others: 404),
        AccessRow("HEAD", "/hls/{id}/{playlist}", nowhere, others: 404),
        AccessRow("PUT", "/messages/{id}/", backEnd, body: #"{"conversation_id":"{c}","sender_id":"ann"}"#),
        AccessRow("DELETE", "/messages/{id}/", backEnd),
        AccessRow("GET", "/conversations/{id}/", backEnd),
        AccessRow("PUT", "/conversations/{id}/", backEnd),
        AccessRow("DELETE", "/conversations/{id}/", backEnd),
        AccessRow("GET", "/conversations/{id}/participants/", backEnd),
        AccessRow("PUT", "/conversations/{id}/participants/", backEnd, body: #"{"participants":[]}"#),
        AccessRow("PATCH", "/conversations/{id}/participants/", backEnd, body: #"{"remove":["bob"]}"#),
        AccessRow("PUT", "/conversations/{id}/participants/{user}/", backEnd),
        AccessRow("DELETE", "/conversations/{id}/participants/{user}/", backEnd),
        AccessRow("GET", "/activity/", operators),
        AccessRow("GET", "/usage/", operators),
        AccessRow("GET", "/jobs/", operators),
        // There is no job of such a number; who may not know of jobs does not learn that.
        AccessRow("GET", "/jobs/{id}/", [403, 403, 403, 403, 404, 404]),
        AccessRow("POST", "/jobs/{id}/retry/", noJob),
        AccessRow("POST", "/jobs/{id}/cancel/", noJob),
        AccessRow("GET", "/healthz", nil),
        AccessRow("GET", "/readyz", nil),
        AccessRow("GET", "/metrics", nil),
    ]
}
