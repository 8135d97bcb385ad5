import Attachments
import Catalog
import Foundation
import Gateway
import Migration
import S3

/// Goes through attachments page by page and queues their media work.
struct Reprocessing {
    /// What the bucket is asked of each attachment.
    enum Question: Sendable {
        /// Whether it has the objects of all renditions.
        case lostObjects
        /// What the first bytes of a file of no known type are.
        case contents
    }

    let catalog: Catalog
    /// Nil where nothing is asked of the bucket.
    var asked: (storage: S3Client, question: Question)?

    private static let pageSize = 500
    private static let questionsAtOnce = 16

    func run(_ filter: AttachmentFilter, onlyCounts: Bool) async throws {
        var (found, queued, beyondHelp) = (0, 0, 0)
        var types: [String: Int] = [:]
        try await Pages.forEach(by: \Attachment.id) { last in
            try await catalog.attachments(for: filter, after: last, limit: Self.pageSize)
        } _: { page in
            let looked = try await look(at: page)
            let meant = looked.filter(\.hasOriginal)
            for lost in looked where !lost.hasOriginal { Self.tell(lost.attachment) }
            beyondHelp += looked.count - meant.count
            found += meant.count
            for type in meant.compactMap(\.foundType) { types[type, default: 0] += 1 }
            guard !onlyCounts, !meant.isEmpty else { return }
            queued += try await catalog.requestReprocessing(
                of: meant.map(\.attachment.id),
                remaking: Dictionary(uniqueKeysWithValues: meant.map { ($0.attachment.id, $0.keysToRemake) })
                    .filter { !$0.value.isEmpty }
            )
        }
        for (type, count) in types.sorted(by: { $0.key < $1.key }) { print("\(count) by their content: \(type)") }
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
        /// What it is by its content, where nothing was known of it.
        var foundType: String?
        /// Whether there is anything to make them of.
        var hasOriginal = true
    }

    private func look(at page: [Attachment]) async throws -> [Meant] {
        guard let (storage, question) = asked else { return page.map { Meant(attachment: $0) } }
        let concerned = page.filter { attachment in
            switch question {
            case .lostObjects: !attachment.renditions.isEmpty
            case .contents: attachment.isOfUnknownType
            }
        }
        return try await withThrowingTaskGroup(of: Meant?.self) { group in
            var (found, running): ([Meant], Int) = ([], 0)
            for attachment in concerned {
                if running >= Self.questionsAtOnce, let answer = try await group.next() {
                    if let answer { found.append(answer) }
                    running -= 1
                }
                group.addTask {
                    switch question {
                    case .lostObjects: try await Self.losses(of: attachment, in: storage)
                    case .contents:
                        try await MediaTypeSniffer.sniffAgain(attachment, in: storage)
                            .map { Meant(attachment: attachment, foundType: $0.mediaType) }
                    }
                }
                running += 1
            }
            for try await answer in group { if let answer { found.append(answer) } }
            return found
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
