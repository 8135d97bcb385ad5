import ArgumentParser
import Catalog
import Foundation
import Migration

/// Where a migration's files come from.
struct StorageSourceOptions: ParsableArguments {
    @Option(
        name: .customLong("django-db"),
        help: ArgumentHelp("The SQLite file of a Django project of the old system; only read.", valueName: "file")
    )
    var djangoDatabase: String?

    @Option(
        help: ArgumentHelp(
            "A folder with conversations, participants, messages and attachments of such a project, each as .csv or "
                + ".jsonl; --print-queries tells how to make them.",
            valueName: "dir"
        )
    )
    var djangoExport: String?

    @Option(
        help: ArgumentHelp("Where that project's files are: its MEDIA_ROOT, or s3://bucket/prefix.", valueName: "place")
    )
    var mediaRoot: String?

    @Option(
        name: .customLong("map"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "A table or column that is called otherwise, as in attachment=files_upload or attachment.codec= for one "
                + "that there is not; may be repeated.",
            valueName: "name=name"
        )
    )
    var mappings: [String] = []

    @Flag(help: "Users are called by the names that the project's user table has, not by their ids.")
    var userNames = false

    @Option(
        help: ArgumentHelp(
            "The zone of times that stand without one, such as Europe/Berlin; else UTC.",
            valueName: "zone"
        )
    )
    var timeZone: String?

    @Option(
        help: ArgumentHelp("A bucket (s3://bucket/prefix) or a directory with the files.", valueName: "place")
    )
    var from: String?

    @Option(
        help: ArgumentHelp(
            "JSON lines that say which file belongs to which message, or which key a bare object had; as `storage export` "
                + "writes them.",
            valueName: "file"
        )
    )
    var manifest: String?

    @Option(
        name: .customLong("satchel-db"),
        help: ArgumentHelp(
            "The catalog (database.path) of another Satchel whose bucket --from names; only read.",
            valueName: "file"
        )
    )
    var satchelDatabase: String?

    @Option(
        help: ArgumentHelp(
            "The message that all files of --from are attached to, where there is no manifest.",
            valueName: "id"
        )
    )
    var message: String?

    @Option(
        help: ArgumentHelp("Who has uploaded them; with a manifest, those of which no line says it.", valueName: "id")
    )
    var user: String?

    @Option(
        help: ArgumentHelp(
            "What the keys of bare objects begin with; without records, keys stay as they are.",
            valueName: "prefix"
        )
    )
    var keyPrefix: String?

    @Flag(
        help: "What the catalog knows to be in the storage of migration.source still: a change of bucket or provider."
    )
    var fromCatalog = false

    @OptionGroup var bucket: BucketAccessOptions

    /// The arguments as they stand.
    var arguments: SourceArguments {
        var arguments = SourceArguments()
        arguments.djangoDatabase = djangoDatabase
        arguments.djangoExport = djangoExport
        arguments.mediaRoot = mediaRoot
        arguments.from = from
        arguments.manifest = manifest
        arguments.satchelDatabase = satchelDatabase
        arguments.fromCatalog = fromCatalog
        arguments.mappings = mappings
        arguments.usesUserNames = userNames
        arguments.timeZone = timeZone
        arguments.message = message
        arguments.user = user
        arguments.keyPrefix = keyPrefix
        arguments.hasBucketOptions = bucket.areUsed
        return arguments
    }

    /// The project's tables and columns by --map.
    func schema() throws(MigrationError) -> DjangoSchema {
        var schema = DjangoSchema()
        for mapping in mappings { try schema.map(mapping) }
        return schema
    }

    /// How the project's rows are read.
    func djangoOptions() throws(MigrationError) -> DjangoOptions {
        var options = DjangoOptions()
        options.usesNames = userNames
        if let timeZone {
            guard let zone = TimeZone(identifier: timeZone) else {
                let quoted = TerminalCells.safe("\"\(timeZone)\"")
                throw MigrationError(.invalidArgument, "--time-zone must be like Europe/Berlin or UTC, not \(quoted)")
            }
            options.timeZone = zone
        }
        return options
    }

    /// Whom bare files are to belong to; nil for nobody.
    func owner() throws(MigrationError) -> BareInventory.Owner? {
        guard let message, let user else { return nil }
        guard let id = UUID(uuidString: message) else {
            let quoted = TerminalCells.safe("\"\(message)\"")
            throw MigrationError(.invalidArgument, "--message must be a message's id, a UUID, not \(quoted)")
        }
        return BareInventory.Owner(messageID: id, userID: user)
    }

    /// Looks at everything that can be looked at without opening anything.
    func check() throws(MigrationError) -> SourceChoice {
        let choice = try arguments.choice()
        _ = try schema()
        _ = try djangoOptions()
        _ = try owner()
        return choice
    }

    /// The inventory that was chosen, over the opened source.
    func inventory(
        _ choice: SourceChoice,
        store: any ObjectStore,
        catalog: Catalog?
    ) throws(MigrationError) -> any MigrationInventory {
        switch choice {
        case .djangoDatabase(let path, _):
            return try DjangoDatabase(path: path, schema: schema(), files: store, options: djangoOptions())
        case .djangoExport(let directory, _):
            return try DjangoExport(directory: directory, files: store, options: djangoOptions())
        case .files(_, let manifest?):
            return try Manifest(path: manifest, files: store, user: user, keyPrefix: keyPrefix ?? "")
        case .files(_, nil):
            return BareInventory(store: store, keyPrefix: keyPrefix ?? "", owner: try owner())
        case .satchelDatabase(let path, _):
            return try SatchelDatabase(path: path, files: store, warn: Console.warn)
        case .catalog:
            guard let catalog else { throw MigrationError(.invalidArgument, "--from-catalog needs a catalog") }
            return CatalogInventory(catalog: catalog, store: store.identity)
        }
    }
}
