import ArgumentParser
import Attachments
import Catalog
import Foundation
import Gateway
import Migration
import S3

/// `satchel reprocess`: media work done again.
struct ReprocessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reprocess",
        abstract: "Have the facts and pictures of attachments made again, behind everything that somebody waits for.",
        discussion: """
            For pictures that were lost, formats that a newer release reads, and renditions that were configured since. All conditions
            must hold. What is there stays until the new is there: what is ready stays so, with its pictures, where that fails.
            Works while the server runs, which then does the jobs.

            With --lost-objects, an attachment whose original is lost as well is told and left alone: there is nothing to make it of.
            With --sniff-again, one whose first bytes the storage does not give out is told and left alone, and the exit code is 1 at
            the end; after ten in a row it ends at once.

            Conditions:
              kind=video            image, video, audio, document or other
              status=failed         ready or failed
              reason=unsupported_format
                                    why it failed, or why there is no picture
              type=image/heic       the media type
              without=thumbnail     it has no rendition of that name
              user=ann  conversation=ID  id=ID
              from=2026-01-31  before=2026-02-28T12:00:00Z
                                    by the time of upload; days and times are of UTC

            Examples:
              satchel reprocess --where status=failed --where reason=unsupported_format --plan
              satchel reprocess --where kind=image --where without=thumbnail
              satchel reprocess --lost-objects
              satchel reprocess --sniff-again --plan
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Option(
        name: .customLong("where"),
        parsing: .singleValue,
        help: ArgumentHelp("A condition; may be repeated.", valueName: "name=value")
    )
    var conditions: [AttachmentCondition] = []

    @Flag(help: "Only those of which the bucket has lost the object of a rendition; asks it for each one.")
    var lostObjects = false

    @Flag(
        help: """
            Only those of no known type (application/octet-stream) that are media by their first bytes, as this release knows them; \
            reads these from the bucket. Their type changes with the work.
            """
    )
    var sniffAgain = false

    @Flag(help: "Every attachment, without a condition.")
    var all = false

    @Flag(help: "Only count them.")
    var plan = false

    func validate() throws {
        guard !conditions.isEmpty || lostObjects || sniffAgain || all else {
            throw ValidationError("Say which: --where …, --lost-objects, --sniff-again, or --all.")
        }
        guard !lostObjects || !sniffAgain else {
            throw ValidationError("--lost-objects goes with no --sniff-again.")
        }
        guard !all || conditions.isEmpty else { throw ValidationError("--all goes with no --where.") }
    }

    func run() async throws {
        var filter = AttachmentFilter()
        for condition in conditions { condition.narrow(&filter) }
        if sniffAgain {
            // Others are not asked for, whatever else is said.
            if filter.kinds.isEmpty { filter.kinds = [.other] }
            if filter.mediaTypes.isEmpty { filter.mediaTypes = [SniffedType.unknown.mediaType] }
        }
        let (narrowed, options, plan) = (filter, options, plan)
        let question: Reprocessing.Question? = lostObjects ? .lostObjects : sniffAgain ? .contents : nil
        let path = try await options.databasePath()
        let catalog = try reportingCatalogErrors { () throws(CatalogError) in
            try requireDatabase(at: path)
            let catalog = try Catalog.open(path: path)
            try catalog.requireCurrentSchema()
            return catalog
        }
        guard let question else {
            return try await S3Command.reportingFaults {
                try await Reprocessing(catalog: catalog).run(narrowed, onlyCounts: plan)
            }
        }
        try await S3Command.withBucket(options) { storage, _ in
            try await Reprocessing(catalog: catalog, asked: (storage, question)).run(narrowed, onlyCounts: plan)
        }
    }
}

/// One condition of the command line.
struct AttachmentCondition: ExpressibleByArgument, Sendable {
    private let name: String
    private let value: String

    /// What an error names.
    static let allValueStrings = [
        "kind=image|video|audio|document|other", "status=ready|failed", "reason=TEXT", "type=MEDIA/TYPE",
        "without=RENDITION",
        "user=ID", "conversation=UUID", "id=UUID", "from=YYYY-MM-DD", "before=YYYY-MM-DD",
    ]

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty else { return nil }
        (name, value) = (parts[0], parts[1])
        var filter = AttachmentFilter()
        guard narrow(&filter) else { return nil }
    }

    /// Adds the condition; false where there is none of that name, or it has no such value.
    @discardableResult
    func narrow(_ filter: inout AttachmentFilter) -> Bool {
        switch name {
        case "reason": filter.failureReason = value
        case "type": filter.mediaTypes.insert(value.lowercased())
        case "without": filter.lackedRendition = value
        case "user": filter.uploadedBy = value
        case "kind":
            guard let kind = FileKind(rawValue: value) else { return false }
            filter.kinds.insert(kind)
        case "status":
            guard let status = AttachmentStatus(rawValue: value), status != .processing else { return false }
            filter.status = status
        case "conversation":
            guard let id = UUID(uuidString: value) else { return false }
            filter.conversationID = id
        case "id":
            guard let id = UUID(uuidString: value) else { return false }
            filter.ids.insert(id)
        case "from":
            guard let date = Self.time(value) else { return false }
            filter.uploadedFrom = date
        case "before":
            guard let date = Self.time(value) else { return false }
            filter.uploadedBefore = date
        default: return false
        }
        return true
    }

    private static func time(_ text: String) -> Date? {
        (try? Date.ISO8601FormatStyle().parse(text))
            ?? (try? Date.ISO8601FormatStyle().year().month().day().parse(text))
    }
}
