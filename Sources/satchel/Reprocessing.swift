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

    /// Throws, after all that could be done, where the content of some attachments could not be looked at.
    func run(_ filter: AttachmentFilter, onlyCounts: Bool) async throws {
        var (found, queued, beyondHelp) = (0, 0, 0)
        var types: [String: Int] = [:]
        var faults = ReprocessingFaults()
        try await Pages.forEach(by: \Attachment.id) { last in
            try await catalog.attachments(for: filter, after: last, limit: Self.pageSize)
        } _: { page in
            let looked = try await look(at: page, &faults)
            let meant = looked.filter(\.hasOriginal)
            for lost in looked where !lost.hasOriginal {
                Self.tell(lost.attachment, "its original is not in the bucket: \(lost.attachment.objectKey)")
            }
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
        if let summary = faults.summary { throw StorageFault(line: summary) }
    }

    /// Says why an attachment is left alone.
    private static func tell(_ attachment: Attachment, _ reason: String) {
        let name = TerminalCells.safe(attachment.fileName)
        Console.printError("satchel: \(attachment.id.uuidString.lowercased()) \(name): \(reason)")
    }

    /// What the bucket said of one attachment.
    private enum Answer: Sendable {
        case meant(Meant)
        case notMeant
        case failed(Attachment, any Error)
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

    private func look(at page: [Attachment], _ faults: inout ReprocessingFaults) async throws -> [Meant] {
        guard let (storage, question) = asked else { return page.map { Meant(attachment: $0) } }
        let concerned = page.filter { attachment in
            switch question {
            case .lostObjects: !attachment.renditions.isEmpty
            case .contents: attachment.isOfUnknownType
            }
        }
        var found: [Meant] = []
        func take(_ answer: Answer) throws {
            switch answer {
            case .meant(let meant): found.append(meant)
            case .notMeant: break
            case .failed(let attachment, let error):
                Self.tell(attachment, "its first bytes cannot be read: \(StorageFault(error))")
                return try faults.note(error)
            }
            faults.noteAnswer()
        }
        try await withThrowingTaskGroup(of: Answer.self) { group in
            for (index, attachment) in concerned.enumerated() {
                if index >= Self.questionsAtOnce, let answer = try await group.next() { try take(answer) }
                group.addTask { try await Self.ask(question, of: attachment, in: storage) }
            }
            for try await answer in group { try take(answer) }
        }
        return found
    }

    private static func ask(
        _ question: Question,
        of attachment: Attachment,
        in storage: S3Client
    ) async throws -> Answer {
        switch question {
        case .lostObjects:
            return try await losses(of: attachment, in: storage).map { .meant($0) } ?? .notMeant
        case .contents:
            do {
                let found = try await MediaTypeSniffer.sniffAgain(attachment, in: storage)
                return found.map { .meant(Meant(attachment: attachment, foundType: $0.mediaType)) } ?? .notMeant
            } catch {
                // An interruption says nothing of the one.
                try Task.checkCancellation()
                return .failed(attachment, error)
            }
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
