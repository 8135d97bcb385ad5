import ArgumentParser
import Foundation
import Gateway
import S3

extension S3Command {
    /// `satchel s3 presign`.
    struct Presign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a URL that fetches or stores an object without credentials, until it expires.",
            discussion: """
                Of s3.publicEndpoint, where that is set. The URL is a credential: who has it can use it. Whether there
                is such an object is not looked at.

                Examples:
                  satchel s3 presign backup/video.mp4 --expires 3600
                  curl -T video.mp4 "$(satchel s3 presign backup/video.mp4 --put)"
                  satchel s3 presign any/key --bench 100000
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: "The object's key.")
        var key: String

        @Option(help: ArgumentHelp("How long the URL is good for; 604800 at most.", valueName: "seconds"))
        var expires: Int = 900

        @Flag(help: "A URL that stores the object, by a PUT.")
        var put = false

        @Option(help: ArgumentHelp("Print no URL but what one costs, measured over so many.", valueName: "count"))
        var bench: Int?

        @Flag(help: "Write what --bench measured as a line of JSON.")
        var json = false

        func validate() throws {
            guard !key.isEmpty else { throw ValidationError("An object's key is not empty.") }
            guard (1...604_800).contains(expires) else {
                throw ValidationError("--expires must be a number from 1 to 604800.")
            }
            guard bench ?? 1 > 0 else { throw ValidationError("--bench must be a positive number.") }
            guard bench != nil || !json else { throw ValidationError("--json goes with --bench.") }
        }

        func run() async throws {
            let (key, lifetime, put, bench, json) = (key, Duration.seconds(expires), put, bench, json)
            try await S3Command.withBucket(options) { storage, _ in
                guard let bench else {
                    print(
                        put
                            ? storage.presignPut(key: key, expiresIn: lifetime)
                            : storage.presignGet(key: key, expiresIn: lifetime)
                    )
                    return
                }
                let outcome = PresignBenchmark(storage: storage, key: key, count: bench).run()
                guard !json else { return try Console.printJSON(outcome) }
                let figures = [outcome.microseconds, outcome.plainMicroseconds].map { String(format: "%.2f", $0) }
                print("\(figures[0]) microseconds a URL as clients get it (\(outcome.urlBytes) bytes)")
                print("\(figures[1]) microseconds a URL without the type and the file name to answer with")
            }
        }
    }
}
