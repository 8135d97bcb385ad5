import Attachments
import Gateway
import S3
import SigV4
import TestSupport

extension GatewayHarness {
    /// The same settings as the server's, as the command line of the built program has them.
    var programSettings: [String] {
        let storage = configuration.storage
        let pairs = [
            "database.path": configuration.databasePath,
            "spool.directory": configuration.attachments.spoolDirectory,
            "s3.endpoint": "\(storage.endpoint.scheme)://\(storage.endpoint.authority)",
            "s3.bucket": storage.bucket,
            "s3.accessKeyId": storage.credentials.accessKeyID,
            "s3.secretAccessKey": storage.credentials.secretAccessKey,
            "auth.secret": GatewayHarness.secret,
            "media.workerPath": WorkerBinary.path,
            "log.level": "error",
        ]
        return pairs.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    }

    /// Runs the built program beside the server, with its settings, and answers what it said and its status.
    func satchel(_ arguments: String...) async throws -> (output: String, status: Int32) {
        try await ForeignProgram.run(GatewayProcess.program, arguments + programSettings)
    }
}
