import ArgumentParser
import Gateway
import Migration

/// `satchel storage`: brings files in from elsewhere, proves that they arrived, and takes them out again.
struct StorageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage",
        abstract:
            "Bring files in from a Django project, a bucket or a directory, prove that they arrived; take them out.",
        discussion: """
            A migration runs beside the server, which serves from the old place what has not arrived yet (the settings
            migration.source.…). It keeps a journal, goes on where it was after any end, copies nothing twice, and deletes
            nothing at the source; that is what `prune` is for, later. docs/migration.md goes through it step by step.

            In this order:
              satchel storage migrate --django-db db.sqlite3 --media-root media --plan
              satchel storage migrate --django-db db.sqlite3 --media-root media --report report.html
              satchel storage status --failures
              satchel storage verify
              satchel storage cutover
              satchel storage prune --min-age 30d

            Exit codes: 0 all is well; 1 the configuration or the database; 2 some files failed; 3 the source, 4 the target
            cannot be used (it is full, say); 5 the target denies it; 6 not finished, the same command goes on; 7 the journal; 64 wrong
            arguments.
            """,
        subcommands: [
            Migrate.self, Status.self, Verify.self, Retry.self, CutOver.self, Rollback.self, Prune.self, Export.self,
            Adopt.self,
        ]
    )
}

/// Where the journal of a migration is.
struct JournalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The migration's journal, an SQLite file; else migration.sqlite beside the catalog's file.",
            valueName: "file"
        )
    )
    var journal: String?
}

/// How the source's bucket is reached.
struct BucketAccessOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The endpoint of an s3:// source; else that of the configured storage.", valueName: "url")
    )
    var fromEndpoint: String?

    @Option(help: ArgumentHelp("The source's region; else AWS_REGION.", valueName: "name"))
    var fromRegion: String?

    @Option(
        help: ArgumentHelp(
            "How the source's bucket is named in URLs: path (https://host/bucket/key) or virtualHost "
                + "(https://bucket.host/key, as AWS wants it); else as the configured storage where the endpoint is the same, "
                + "else path.",
            valueName: "way"
        )
    )
    var fromAddressing: String?

    @Option(
        help: ArgumentHelp(
            "The source's access key; else AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else that of the configured "
                + "storage where the endpoint is the same.",
            valueName: "id"
        )
    )
    var fromAccessKeyId: String?

    @Option(help: ArgumentHelp("A file with the secret that belongs to the access key.", valueName: "file"))
    var fromSecretAccessKeyFile: String?

    /// Whether one of them is there.
    var areUsed: Bool {
        fromEndpoint != nil || fromRegion != nil || fromAddressing != nil || fromAccessKeyId != nil
            || fromSecretAccessKeyFile != nil
    }

    func validate() throws {
        try reportingArguments { () throws(MigrationError) in try access(environment: [:]).validate() }
    }

    /// What they say, with what the environment adds.
    func access(environment: [String: String]) -> BucketAccess {
        var access = BucketAccess(environment: environment)
        access.endpoint = fromEndpoint
        access.region = fromRegion
        access.addressing = fromAddressing
        access.accessKeyID = fromAccessKeyId
        access.secretAccessKeyFile = fromSecretAccessKeyFile
        return access
    }
}

/// Turns what is wrong with an argument into the parser's own complaint, which shows the usage and ends with 64.
func reportingArguments<Value>(_ read: () throws(MigrationError) -> Value) throws -> Value {
    do throws(MigrationError) {
        return try read()
    } catch {
        throw ValidationError(error.message)
    }
}
