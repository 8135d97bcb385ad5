/// What the command line says of a migration's source, as it stands there.
package struct SourceArguments: Sendable, Equatable {
    /// `--django-db`.
    package var djangoDatabase: String?
    /// `--django-export`.
    package var djangoExport: String?
    /// `--media-root`.
    package var mediaRoot: String?
    /// `--from`.
    package var from: String?
    /// `--manifest`.
    package var manifest: String?
    /// `--satchel-db`.
    package var satchelDatabase: String?
    /// `--from-catalog`.
    package var fromCatalog = false
    /// `--map`, each.
    package var mappings: [String] = []
    /// `--user-names`.
    package var usesUserNames = false
    /// `--time-zone`.
    package var timeZone: String?
    /// `--message`.
    package var message: String?
    /// `--user`.
    package var user: String?
    /// `--key-prefix`.
    package var keyPrefix: String?
    /// Whether one of `--from-endpoint`, `--from-region`, `--from-addressing`, `--from-access-key-id` or
    /// `--from-secret-access-key-file` is there.
    package var hasBucketOptions = false

    /// Nothing is said.
    package init() {}

    /// The source that the arguments describe; throws `invalidArgument` where they do not go together.
    package func choice() throws(MigrationError) -> SourceChoice {
        let named = [
            djangoDatabase.map { _ in "--django-db" }, djangoExport.map { _ in "--django-export" },
            from.map { _ in "--from" }, fromCatalog ? "--from-catalog" : nil,
        ]
        .compactMap(\.self)
        guard let source = named.first else {
            if satchelDatabase != nil {
                throw Self.wrong("--satchel-db needs --from: the bucket of that installation, s3://bucket")
            }
            throw Self.wrong("name a source: --django-db, --django-export, --from or --from-catalog")
        }
        guard named.count == 1 else {
            throw Self.wrong("\(named.joined(separator: " and ")) are different sources: name one")
        }
        try requireFitting(source)
        let choice: SourceChoice
        if let djangoDatabase {
            choice = .djangoDatabase(path: djangoDatabase, media: try place(mediaRoot, option: "--media-root"))
        } else if let djangoExport {
            choice = .djangoExport(directory: djangoExport, media: try place(mediaRoot, option: "--media-root"))
        } else if let satchelDatabase {
            choice = .satchelDatabase(path: satchelDatabase, files: try place(from, option: "--from"))
        } else if from != nil {
            choice = .files(try place(from, option: "--from"), manifest: manifest)
        } else {
            choice = .catalog
        }
        if hasBucketOptions, !choice.isBucket, choice != .catalog {
            throw Self.wrong("--from-endpoint and the like go with an s3://… source")
        }
        return choice
    }

    /// Each option belongs to some sources alone.
    private func requireFitting(_ source: String) throws(MigrationError) {
        let isDjango = source.hasPrefix("--django")
        if isDjango, mediaRoot == nil {
            throw Self.wrong(
                "\(source) needs --media-root: the MEDIA_ROOT of the project, or s3://… where its files are"
            )
        }
        if !isDjango, mediaRoot != nil { throw Self.wrong("--media-root goes with --django-db or --django-export") }
        if !mappings.isEmpty, source != "--django-db" {
            throw Self.wrong("--map goes with --django-db or --print-queries; an export has the usual names already")
        }
        if !isDjango, usesUserNames { throw Self.wrong("--user-names goes with --django-db or --django-export") }
        if !isDjango, timeZone != nil { throw Self.wrong("--time-zone goes with --django-db or --django-export") }
        if manifest != nil, source != "--from" { throw Self.wrong("--manifest goes with --from: where its files are") }
        if satchelDatabase != nil, source != "--from" {
            throw Self.wrong("--satchel-db goes with --from: the bucket of that installation, or a copy of it")
        }
        if satchelDatabase != nil, manifest != nil || message != nil || user != nil || keyPrefix != nil {
            throw Self.wrong(
                "--satchel-db says itself what each file is: no --manifest, --message, --user or --key-prefix"
            )
        }
        if user != nil, source != "--from" { throw Self.wrong("--user goes with --from") }
        if message != nil, source != "--from" || manifest != nil {
            throw Self.wrong("--message goes with --from without a manifest")
        }
        if message != nil, user == nil { throw Self.wrong("--message needs --user: who has uploaded the files") }
        if message == nil, user != nil, manifest == nil { throw Self.wrong("--user needs --message, or --manifest") }
        if keyPrefix != nil, source != "--from" || message != nil {
            throw Self.wrong("--key-prefix goes with --from, and without --message: attachments get keys of their own")
        }
        if let keyPrefix, let rule = BareKey.fault(inPrefix: keyPrefix) {
            let shown = TerminalCells.fit(keyPrefix, to: 80)
            throw Self.wrong("--key-prefix must be like media/, \(rule), not \"\(shown)\"")
        }
    }

    private func place(_ text: String?, option: String) throws(MigrationError) -> StorePlace {
        try StorePlace(parsing: text ?? "", option: option)
    }

    private static func wrong(_ reason: String) -> MigrationError {
        MigrationError(.invalidArgument, TerminalCells.safe(reason))
    }
}

/// A source as it was chosen.
package enum SourceChoice: Sendable, Equatable {
    /// A Django project's SQLite file, and where its media are.
    case djangoDatabase(path: String, media: StorePlace)
    /// An export of a Django project's database, and where its media are.
    case djangoExport(directory: String, media: StorePlace)
    /// Files or objects, as a manifest has them or as they lie there.
    case files(StorePlace, manifest: String?)
    /// Another installation's catalog, and where its objects are.
    case satchelDatabase(path: String, files: StorePlace)
    /// What the catalog knows to be in the storage of `migration.source` still.
    case catalog

    /// Where the bytes are; nil for the catalog's own source, which the configuration names.
    package var place: StorePlace? {
        switch self {
        case .djangoDatabase(_, let media), .djangoExport(_, let media): media
        case .files(let place, _), .satchelDatabase(_, let place): place
        case .catalog: nil
        }
    }

    /// Whether the bytes are in a bucket that the command line names.
    package var isBucket: Bool {
        if case .bucket = place { true } else { false }
    }
}
