package import Catalog
import Foundation
import HTTPTypes
import Hummingbird

/// Work that is queued, under way or over: tokens with the read or the service scope see it, and the service ends it or has it done again.
struct JobRoutes: Sendable {
    let catalog: Catalog

    func add(to table: RouteTable) {
        table.add("/jobs", [.get: { try await list($0, $1) }])
        table.add("/jobs/{id}", [.get: { try await show($0, $1) }])
        table.add("/jobs/{id}/retry", [.post: { try await retry($0, $1) }])
        table.add("/jobs/{id}/cancel", [.post: { try await cancel($0, $1) }])
    }

    private func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireReader()
        let query = RequestQuery(request)
        let kind: JobKind? = try query.choice("kind")
        let attachmentID = try query.id("attachment_id")
        let isHistory = try query.flag("history")
        let limit = try query.integer("limit", in: 1...1000, default: 100)
        let before = try query.rowNumber("before")
        let now = Date()
        let found =
            if isHistory {
                try await catalog.described(
                    try await catalog.endedJobs(
                        kind: kind,
                        attachmentID: attachmentID,
                        before: before,
                        limit: limit + 1
                    )
                )
            } else {
                try await catalog.described(
                    try await catalog.jobs(kind: kind, attachmentID: attachmentID, before: before, limit: limit + 1),
                    at: now
                )
            }
        let page = Array(found.prefix(limit))
        let answer = JobPageJSON(
            counts: try await catalog.jobCounts(at: now),
            jobs: page,
            nextBefore: found.count > limit ? page.last?.id : nil
        )
        return try .json(answer)
    }

    private func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireReader()
        let job = try await catalog.describedJob(id: try jobID(context))
        guard let job else { throw RequestError.jobNotFound }
        return try .json(job)
    }

    private func retry(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let outcome = try await catalog.retryJob(id: try jobID(context))
        if case .due(let job) = outcome { return try .json(try await catalog.described(job), status: .accepted) }
        guard let refusal = outcome.refusal else { throw RequestError.jobNotFound }
        throw RequestError.jobConflict(refusal)
    }

    /// 200 where the job is over, 202 where who works on it is told.
    private func cancel(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let outcome = try await catalog.cancelJob(id: try jobID(context))
        switch outcome {
        case .ended(let job): return try .json(try await catalog.described(job))
        case .requested(let job): return try .json(try await catalog.described(job), status: .accepted)
        default: break
        }
        guard let refusal = outcome.refusal else { throw RequestError.jobNotFound }
        throw RequestError.jobConflict(refusal)
    }

    /// A malformed number is the number of nothing.
    private func jobID(_ context: AuthenticatedContext) throws -> Int64 {
        guard let id = Int64(context.pathText("id")), id > 0 else { throw RequestError.jobNotFound }
        return id
    }
}

extension RequestError {
    fileprivate static let jobNotFound = RequestError(
        status: .notFound,
        code: "job_not_found",
        message: "There is no such job, or it is over for so long that it was forgotten."
    )

    fileprivate static func jobConflict(_ message: String) -> RequestError {
        RequestError(status: .conflict, code: "conflict", message: message)
    }
}

extension JobRetry {
    /// Why the job is not done (again); nil where it is going to be, and where there is none.
    package var refusal: String? {
        switch self {
        case .due, .notFound: nil
        case .running: "Somebody works on the job just now."
        case .done: "The job is done: there is nothing to do again."
        case .subjectGone: "The attachment that the job was about is gone."
        case .replaced(_, let other): "Job \(other.id) does the same already."
        }
    }
}

extension JobCancellation {
    /// Why the job does not end; nil where it does, and where there is none.
    package var refusal: String? {
        switch self {
        case .ended, .requested, .notFound: nil
        case .over(let job): "The job is over already: it is \(job.outcome.rawValue)."
        case .refused(let kind):
            "A job of the kind \(kind.rawValue) has to be done and cannot be cancelled."
        }
    }
}
