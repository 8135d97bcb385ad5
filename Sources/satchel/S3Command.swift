import ArgumentParser
import Foundation
import Gateway
import Migration
import S3

/// `satchel s3`: works on the bucket.
struct S3Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "s3",
        abstract: "Work on the bucket with the gateway's own client: files in and out, listings, links, measurements.",
        discussion: """
            Needs the s3.… settings alone. The database is not looked at: an attachment whose object is removed or
            replaced here is broken. What fails says so in one line, and the exit code is 1.

            Examples:
              satchel s3 put video.mp4 backup/video.mp4 --content-type video/mp4
              satchel s3 get backup/video.mp4 copy.mp4
              satchel s3 ls backup/ --json
              satchel s3 presign backup/video.mp4 --expires 3600
              satchel s3 bench --size 4096 --clients 32 --count 2000
              satchel s3 SUBCOMMAND --config satchel.yaml --set s3.bucket=other …
            """,
        subcommands: [
            Put.self, Get.self, Head.self, List.self, Remove.self, Presign.self, Multipart.self, Bench.self,
        ]
    )

    /// Runs work on the bucket that the configuration names, until it is done or a signal cancels it.
    ///
    /// Ends the program with one line on what to do where it fails.
    static func withBucket(
        _ options: ConfigurationOptions,
        _ work: @escaping @Sendable (S3Client, StorageSettings) async throws -> Void
    ) async throws {
        let settings = try await Self.settings(options)
        try await reportingFaults {
            let storage = try S3Client(configuration: settings.storage)
            do {
                try await work(storage, settings)
            } catch {
                await storage.shutdown()
                throw error
            }
            await storage.shutdown()
        }
    }

    /// The settings of the bucket, or the end of the program with all their faults.
    static func settings(_ options: ConfigurationOptions) async throws -> StorageSettings {
        try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadStorage()
        }
    }

    /// Runs work that a signal cancels, and ends the program with one line where it fails.
    static func reportingFaults(_ work: @escaping @Sendable () async throws -> Void) async throws {
        do {
            try await Interruption.cancelling(work)
        } catch {
            Console.printError("satchel: \(StorageFault(error))")
            throw ExitCode.failure
        }
    }
}

extension Console {
    /// Writes a value as one line of JSON to the standard output; throws where that cannot be written, such as for want of room.
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(value) + Data("\n".utf8)
        // What was printed before comes before it.
        fflush(nil)
        do {
            try FileHandle.standardOutput.write(contentsOf: line)
        } catch {
            throw StorageFault(line: "\(LocalFault("the standard output", error))")
        }
    }
}
