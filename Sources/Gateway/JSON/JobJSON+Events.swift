package import Catalog
package import Foundation

extension Catalog {
    /// Queued jobs at a time as they are shown, each webhook with the event that it tells.
    package func described(_ jobs: [Job], at now: Date) async throws(CatalogError) -> [JobJSON] {
        let events = try await jobEvents(ids: jobs.compactMap(\.eventID))
        return jobs.map { job in JobJSON(job, telling: job.eventID.flatMap { events[$0] }, at: now) }
    }

    /// Jobs that are over as they are shown, each webhook with the event that it told.
    package func described(_ jobs: [EndedJob]) async throws(CatalogError) -> [JobJSON] {
        let events = try await jobEvents(ids: jobs.compactMap(\.eventID))
        return jobs.map { job in JobJSON(job, telling: job.eventID.flatMap { events[$0] }) }
    }

    /// A queued job as it is shown now.
    func described(_ job: Job) async throws(CatalogError) -> JobJSON {
        let events = try await jobEvents(ids: job.eventID.map { [$0] } ?? [])
        return JobJSON(job, telling: events.values.first, at: Date())
    }

    /// A job that is over as it is shown.
    func described(_ job: EndedJob) async throws(CatalogError) -> JobJSON {
        let events = try await jobEvents(ids: job.eventID.map { [$0] } ?? [])
        return JobJSON(job, telling: events.values.first)
    }

    /// The job of that number as it is shown, queued or over; nil where there is none, or it is forgotten.
    package func describedJob(id: Int64) async throws(CatalogError) -> JobJSON? {
        if let job = try await job(id: id) { return try await described(job) }
        guard let ended = try await endedJob(id: id) else { return nil }
        return try await described(ended)
    }
}
