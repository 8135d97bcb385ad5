import ArgumentParser
import Attachments
import Gateway
import S3

extension S3Command {
    /// `satchel s3 head`.
    struct Head: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what the storage knows of objects: a line of JSON for each.",
            discussion: """
                Example:
                  satchel s3 head backup/video.mp4 | jq .size
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: ArgumentHelp("The objects' keys.", valueName: "key"))
        var keys: [String]

        func run() async throws {
            let keys = keys
            try await S3Command.withBucket(options) { storage, _ in
                for key in keys {
                    try Console.printJSON(HeadLine(key: key, head: try await storage.headObject(key: key)))
                }
            }
        }
    }

    /// `satchel s3 ls`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List objects: time, size in bytes and key.",
            discussion: """
                Examples:
                  satchel s3 ls
                  satchel s3 ls attachments/ --limit 20
                  satchel s3 ls attachments/ --json | jq -s 'map(.size) | add'
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: "What the keys begin with; else all objects are listed.")
        var prefix: String = ""

        @Flag(help: "Write a line of JSON for each object.")
        var json = false

        @Option(help: ArgumentHelp("List so many objects at most.", valueName: "count"))
        var limit: Int?

        func validate() throws {
            guard limit ?? 1 > 0 else { throw ValidationError("--limit must be a positive number.") }
        }

        func run() async throws {
            let (prefix, json, limit) = (prefix, json, limit)
            try await S3Command.withBucket(options) { storage, _ in
                for object in try await storage.listObjects(prefix: prefix, limit: limit) {
                    let line = ObjectLine(object)
                    if json { try Console.printJSON(line) } else { print(line.text) }
                }
            }
        }
    }

    /// `satchel s3 rm`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Delete objects. One that is not there counts as deleted.",
            discussion: """
                Examples:
                  satchel s3 rm backup/video.mp4
                  satchel s3 rm --yes backup/a.mp4 backup/b.mp4
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: ArgumentHelp("The objects' keys.", valueName: "key"))
        var keys: [String]

        @Flag(help: "Really delete more than one.")
        var yes = false

        func validate() throws {
            guard yes || keys.count == 1 else {
                throw ValidationError("That would delete \(keys.count) objects for good. Add --yes to do it.")
            }
        }

        func run() async throws {
            let keys = keys
            try await S3Command.withBucket(options) { storage, _ in
                if keys.count == 1 {
                    try await storage.deleteObject(key: keys[0])
                } else {
                    try await storage.deleteObjects(keys: keys)
                }
                for key in keys { print(TerminalText.line("\(key): deleted")) }
            }
        }
    }
}
