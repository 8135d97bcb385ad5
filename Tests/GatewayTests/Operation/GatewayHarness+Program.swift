import Attachments
import Gateway
import S3
import SigV4
import TestSupport

extension GatewayHarness {
    /// The same settings as the server's, as the command line of the built program has them.
    var programSettings: [String] {
        let pairs = configuration.storage.settings(and: [
            "database.path": configuration.databasePath,
            "spool.directory": configuration.attachments.spoolDirectory,
            "auth.secret": GatewayHarness.secret,
            "media.workerPath": WorkerBinary.path,
            "log.level": "error",
        ])
        return pairs.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    }

    /// Runs the built program beside the server, with its settings, and answers what it said and its status.
    func satchel(_ arguments: String...) async throws -> (output: String, status: Int32) {
        try await ForeignProgram.run(GatewayProcess.program, arguments + programSettings)
    }
}

extension S3Configuration {
    /// The settings by which a program of ours comes to this bucket.
    var settings: [String: String] {
        [
            "s3.endpoint": "\(endpoint.scheme)://\(endpoint.authority)",
            "s3.bucket": bucket,
            "s3.accessKeyId": credentials.accessKeyID,
            "s3.secretAccessKey": credentials.secretAccessKey,
        ]
    }

    /// The same with others beside them, which count where both have one.
    func settings(and others: [String: String]) -> [String: String] {
        settings.merging(others) { $1 }
    }
}
