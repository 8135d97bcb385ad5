import ArgumentParser
import Attachments
import Gateway
import S3

extension S3Command {
    /// `satchel s3 multipart`.
    struct Multipart: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look at uploads in parts that were neither completed nor aborted, and abort them.",
            discussion: """
                Their parts take room that no listing of objects shows. The gateway clears up after itself: an upload
                that is under way now is listed too, and must not be aborted.

                Examples:
                  satchel s3 multipart ls
                  satchel s3 multipart abort backup/video.mp4 UPLOAD-ID
                """,
            subcommands: [List.self, Abort.self]
        )

        /// `satchel s3 multipart ls`.
        struct List: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "ls",
                abstract: "List the open uploads: when they were opened, upload id and key.",
                discussion: "Some storages list an upload only where the prefix is its whole key."
            )

            @OptionGroup var options: ConfigurationOptions

            @Argument(help: "What the keys begin with; else all uploads are listed.")
            var prefix: String = ""

            @Flag(help: "Write a line of JSON for each upload.")
            var json = false

            func run() async throws {
                let (prefix, json) = (prefix, json)
                try await S3Command.withBucket(options) { storage, _ in
                    for upload in try await storage.listMultipartUploads(prefix: prefix) {
                        let line = UploadLine(upload)
                        if json { try Console.printJSON(line) } else { print(line.text) }
                    }
                }
            }
        }

        /// `satchel s3 multipart abort`.
        struct Abort: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Discard an open upload and its parts. One that is not there counts as discarded."
            )

            @OptionGroup var options: ConfigurationOptions

            @Argument(help: "The key that the upload was opened for.")
            var key: String

            @Argument(help: "The storage's id of the upload, as multipart ls shows it.")
            var uploadID: String

            func run() async throws {
                let (key, uploadID) = (key, uploadID)
                try await S3Command.withBucket(options) { storage, _ in
                    try await storage.abortMultipartUpload(key: key, uploadID: uploadID)
                    print(TerminalText.line("\(key): upload \(uploadID) aborted"))
                }
            }
        }
    }
}
