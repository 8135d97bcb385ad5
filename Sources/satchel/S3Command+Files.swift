import ArgumentParser
import Attachments
import Gateway

extension S3Command {
    /// `satchel s3 put`.
    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Store a file as an object.",
            discussion: """
                In one request up to s3.partMegabytes, else in parts of that size, s3.partsInFlight at the same time.
                An object of that key is replaced. What is interrupted or fails leaves nothing behind.

                Examples:
                  satchel s3 put video.mp4 backup/video.mp4 --content-type video/mp4
                  satchel s3 put disk.img images/disk.img --set s3.partMegabytes=64 --set s3.partsInFlight=4
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: "The file to store.")
        var file: String

        @Argument(help: "The object's key.")
        var key: String

        @Option(help: ArgumentHelp("The media type that the object is stored with.", valueName: "type"))
        var contentType: String = "application/octet-stream"

        func run() async throws {
            let (file, key, contentType) = (file, key, contentType)
            try await S3Command.withBucket(options) { storage, settings in
                let stored = try await FileUpload(storage: storage, settings: settings)
                    .store(file: file, key: key, contentType: contentType)
                print(TerminalText.line("\(key): \(stored.byteCount) bytes stored, ETag \(stored.etag)"))
            }
        }
    }

    /// `satchel s3 get`.
    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write an object, or a range of its bytes, to a file.",
            discussion: """
                The file takes its name when it is whole; one that is there is replaced then.

                Examples:
                  satchel s3 get backup/video.mp4 copy.mp4
                  satchel s3 get backup/video.mp4 - | ffprobe -
                  satchel s3 get backup/video.mp4 head.bin --range 0-4095
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: "The object's key.")
        var key: String

        @Argument(help: "The file to write, - for the standard output; else the last part of the key, in this folder.")
        var file: String?

        @Option(help: ArgumentHelp("These bytes only, the first is 0, the last one included.", valueName: "first-last"))
        var range: ByteRange?

        func validate() throws {
            guard file ?? Self.fileName(of: key) != nil else {
                throw ValidationError("The key does not end in a name: say which file to write.")
            }
        }

        func run() async throws {
            let (key, range) = (key, range)
            guard let file = file ?? Self.fileName(of: key) else { return }
            try await S3Command.withBucket(options) { storage, _ in
                let byteCount = try await FileDownload(storage: storage)
                    .fetch(key: key, range: range?.bounds, to: file)
                guard file != "-" else { return }
                print(TerminalText.line("\(file): \(byteCount) bytes written"))
            }
        }

        /// The last part of a key, where that can be the name of a file.
        private static func fileName(of key: String) -> String? {
            let name = key.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
            return ["", "-", ".", ".."].contains(name) ? nil : String(name)
        }
    }

    /// A range of bytes on the command line: `0-4095`.
    struct ByteRange: ExpressibleByArgument, Sendable {
        let bounds: ClosedRange<Int64>

        init?(argument: String) {
            let numbers = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
            guard numbers.count == 2, let first = numbers[0], let last = numbers[1], first <= last else { return nil }
            bounds = first...last
        }
    }
}
