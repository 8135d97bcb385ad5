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

    @Flag(help: "Every attachment, without a condition.")
    var all = false

    @Flag(help: "Only count them.")
    var plan = false

    func validate() throws {
        guard !conditions.isEmpty || lostObjects || all else {
            throw ValidationError("Say which: --where …, --lost-objects, or --all.")
        }
        guard !all || conditions.isEmpty else { throw ValidationError("--all goes with no --where.") }
    }

    func run() async throws {
        var filter = AttachmentFilter()
        for condition in conditions { condition.narrow(&filter) }
        let (narrowed, options, lostObjects, plan) = (filter, options, lostObjects, plan)
        let path = try await options.databasePath()
        let catalog = try reportingCatalogErrors { () throws(CatalogError) in
            try requireDatabase(at: path)
            let catalog = try Catalog.open(path: path)
            try catalog.requireCurrentSchema()
            return catalog
        }
        guard lostObjects else {
            return try await S3Command.reportingFaults {
                try await Reprocessing(catalog: catalog, storage: nil).run(narrowed, onlyCounts: plan)
            }
        }
        try await S3Command.withBucket(options) { storage, _ in
            try await Reprocessing(catalog: catalog, storage: storage).run(narrowed, onlyCounts: plan)
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

/// Goes through attachments page by page and queues their media work.
private struct Reprocessing {
    let catalog: Catalog
    /// Nil where nothing is asked of the bucket.
    let storage: S3Client?

    private static let pageSize = 500
    private static let questionsAtOnce = 16

    func run(_ filter: AttachmentFilter, onlyCounts: Bool) async throws {
        var (found, queued, beyondHelp) = (0, 0, 0)
        try await Pages.forEach(by: \Attachment.id) { last in
            try await catalog.attachments(for: filter, after: last, limit: Self.pageSize)
        } _: { page in
            let looked = try await withLostObjects(page)
            let meant = looked.filter(\.hasOriginal)
            for lost in looked where !lost.hasOriginal { Self.tell(lost.attachment) }
            beyondHelp += looked.count - meant.count
            found += meant.count
            guard !onlyCounts, !meant.isEmpty else { return }
            queued += try await catalog.requestReprocessing(
                of: meant.map(\.attachment.id),
                remaking: Dictionary(uniqueKeysWithValues: meant.map { ($0.attachment.id, $0.keysToRemake) })
                    .filter { !$0.value.isEmpty }
            )
        }
        print(onlyCounts ? "\(found) attachments would be done again" : "\(queued) attachments are queued")
        if beyondHelp > 0 { print("\(beyondHelp) attachments are left alone: the bucket has not their originals") }
    }

    /// Says that there is nothing to make anything of.
    private static func tell(_ attachment: Attachment) {
        let name = TerminalCells.safe(attachment.fileName)
        Console.printError(
            "satchel: \(attachment.id.uuidString.lowercased()) \(name): its original is not in the bucket: \(attachment.objectKey)"
        )
    }

    /// An attachment that is meant, and the keys of what a job of its own has to make anew.
    private struct Meant: Sendable {
        let attachment: Attachment
        var keysToRemake: [String] = []
        /// Whether there is anything to make them of.
        var hasOriginal = true
    }

    private func withLostObjects(_ page: [Attachment]) async throws -> [Meant] {
        guard let storage else { return page.map { Meant(attachment: $0) } }
        return try await withThrowingTaskGroup(of: Meant?.self) { group in
            var (lost, running): ([Meant], Int) = ([], 0)
            for attachment in page where !attachment.renditions.isEmpty {
                if running >= Self.questionsAtOnce, let answer = try await group.next() {
                    if let answer { lost.append(answer) }
                    running -= 1
                }
                group.addTask { try await Self.losses(of: attachment, in: storage) }
                running += 1
            }
            for try await answer in group { if let answer { lost.append(answer) } }
            return lost
        }
    }

    /// Nil where every rendition's object is there.
    private static func losses(of attachment: Attachment, in storage: S3Client) async throws(S3Error) -> Meant? {
        var lost: Set<String> = []
        // What waits in its old place is not lost: it has not come yet.
        for rendition in attachment.renditions where attachment.waitingPlace(ofKey: rendition.objectKey) == nil {
            let isThere = try await storage.headObject(ifPresent: rendition.objectKey) != nil
            if !isThere { lost.insert(rendition.objectKey) }
        }
        guard !lost.isEmpty else { return nil }
        // Without the original nothing can be made anew: what is left stays.
        guard try await storage.headObject(ifPresent: attachment.objectKey) != nil else {
            return Meant(attachment: attachment, hasOriginal: false)
        }
        let keys = attachment.renditionsToRemake(withoutObjects: lost).map(\.objectKey)
        return Meant(attachment: attachment, keysToRemake: keys)
    }
}
