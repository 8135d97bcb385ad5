import Testing

@testable import Migration

struct SourceArgumentsTests {
    private static func refusal(_ change: (inout SourceArguments) -> Void) -> String? {
        var arguments = SourceArguments()
        change(&arguments)
        do throws(MigrationError) {
            _ = try arguments.choice()
            return nil
        } catch {
            return error.code == .invalidArgument ? error.message : "another code: \(error.code)"
        }
    }

    @Test func `each source is chosen by its own arguments`() throws {
        var arguments = SourceArguments()
        arguments.djangoDatabase = "db.sqlite3"
        arguments.mediaRoot = "media"
        arguments.mappings = ["attachment=files_upload"]
        #expect(try arguments.choice() == .djangoDatabase(path: "db.sqlite3", media: .directory("media")))

        arguments = SourceArguments()
        arguments.djangoExport = "export"
        arguments.mediaRoot = "s3://old/media/"
        arguments.hasBucketOptions = true
        let media = StorePlace.bucket(name: "old", prefix: "media")
        #expect(try arguments.choice() == .djangoExport(directory: "export", media: media))

        arguments = SourceArguments()
        arguments.from = "/srv/files"
        arguments.manifest = "files.jsonl"
        arguments.user = "ann"
        #expect(try arguments.choice() == .files(.directory("/srv/files"), manifest: "files.jsonl"))
        arguments.keyPrefix = "media/"
        #expect(try arguments.choice() == .files(.directory("/srv/files"), manifest: "files.jsonl"))

        arguments = SourceArguments()
        arguments.from = "s3://other"
        arguments.satchelDatabase = "other.sqlite"
        arguments.hasBucketOptions = true
        let other = StorePlace.bucket(name: "other", prefix: "")
        #expect(try arguments.choice() == .satchelDatabase(path: "other.sqlite", files: other))

        arguments = SourceArguments()
        arguments.fromCatalog = true
        #expect(try arguments.choice() == .catalog)
        #expect(SourceChoice.catalog.place == nil)
    }

    @Test func `no source and two sources are refused by name`() {
        let none = Self.refusal { _ in }
        #expect(none == "name a source: --django-db, --django-export, --from or --from-catalog")
        let two = Self.refusal {
            $0.djangoDatabase = "a"
            $0.from = "b"
        }
        #expect(two == "--django-db and --from are different sources: name one")
    }

    @Test func `what belongs to another source is refused with what it goes with`() {
        let noMedia = Self.refusal { $0.djangoDatabase = "db" }
        #expect(noMedia?.hasPrefix("--django-db needs --media-root") == true)
        let media = Self.refusal {
            $0.from = "x"
            $0.mediaRoot = "media"
        }
        #expect(media == "--media-root goes with --django-db or --django-export")
        let alone = Self.refusal { $0.satchelDatabase = "db" }
        #expect(alone == "--satchel-db needs --from: the bucket of that installation, s3://bucket")
        let both = Self.refusal {
            $0.from = "s3://other"
            $0.satchelDatabase = "db"
            $0.manifest = "files.jsonl"
        }
        #expect(both?.hasPrefix("--satchel-db says itself what each file is") == true)
        let map = Self.refusal {
            $0.djangoExport = "x"
            $0.mediaRoot = "m"
            $0.mappings = ["a=b"]
        }
        #expect(map?.hasPrefix("--map goes with --django-db") == true)
        let manifest = Self.refusal {
            $0.fromCatalog = true
            $0.manifest = "m"
        }
        #expect(manifest == "--manifest goes with --from: where its files are")
        let message = Self.refusal {
            $0.from = "x"
            $0.message = "m"
        }
        #expect(message == "--message needs --user: who has uploaded the files")
        let user = Self.refusal {
            $0.from = "x"
            $0.user = "ann"
        }
        #expect(user == "--user needs --message, or --manifest")
        let bucket = Self.refusal {
            $0.from = "/srv/files"
            $0.hasBucketOptions = true
        }
        #expect(bucket == "--from-endpoint and the like go with an s3://… source")
    }

    @Test(arguments: [
        ("/media", "without a slash at its beginning"), ("media//", "two in a row"), ("a//\u{301}b/", "two in a row"),
        ("/", "without a slash at its beginning"), ("../media/", "without . or .. between slashes"),
        ("media/./", "without . or .."), ("media/..", "without . or .."), (".", "without . or .."),
        ("me\ndia/", "without control characters"), ("a\u{85}", "without control characters"),
        ("a\u{FFFE}/", "U+FFFE"), ("nul\0/", "without control characters"),
        (String(repeating: "x", count: 992), "of at most 991 bytes, and it has 992"),
    ])
    func `a prefix that no key can begin with is refused before anything is opened, by plan and run`(
        prefix: String,
        rule: String
    ) {
        let refusal = Self.refusal {
            $0.from = "/srv/files"
            $0.keyPrefix = prefix
        }
        #expect(refusal?.hasPrefix("--key-prefix must be like media/, ") == true)
        #expect(refusal?.contains(rule) == true, "\(refusal ?? "not refused")")
        // What is wrong with it is spelled out, and does not move the cursor.
        let isSafe = refusal?.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }
        #expect(isSafe == true)
    }

    @Test(arguments: ["", "media/", "old-", "a/b c/ü", ".well-known/", "..a/", String(repeating: "x", count: 991)])
    func `a prefix that keys can begin with is taken, and no key of it is barred`(prefix: String) throws {
        var arguments = SourceArguments()
        arguments.from = "/srv/files"
        arguments.keyPrefix = prefix
        _ = try arguments.choice()
        for location in ["a", ".", "..", "a//b", ".hidden", "\n", "/", String(repeating: "n", count: 1100)] {
            let key = BareKey.key(location, prefix: prefix)
            #expect(MigrationKey.fault(in: key) == nil, "\(key)")
            #expect(key.utf8.starts(with: prefix.utf8))
        }
    }

    @Test(arguments: [
        ("s3://bucket", StorePlace.bucket(name: "bucket", prefix: "")),
        ("s3://bucket/", .bucket(name: "bucket", prefix: "")),
        ("s3://my.old-bucket_1/a b/c+d//", .bucket(name: "my.old-bucket_1", prefix: "a b/c+d")),
        ("/srv/media", .directory("/srv/media")), ("media", .directory("media")), ("s3:/odd", .directory("s3:/odd")),
    ])
    func `a place is a bucket's prefix or a directory`(text: String, place: StorePlace) throws {
        #expect(try StorePlace(parsing: text, option: "--from") == place)
    }

    @Test(arguments: ["", "s3://", "s3:///prefix", "https://host/bucket", "s3://b\u{1B}[2J/x", "gs://bucket"])
    func `what is neither is refused with what would be right`(text: String) {
        let error = #expect(throws: MigrationError.self) { try StorePlace(parsing: text, option: "--media-root") }
        #expect(error?.message.hasPrefix("--media-root must ") == true)
        #expect(error?.message.contains("\u{1B}") == false)
    }

    @Test(arguments: [
        ("1024", 1024), ("512K", 524_288), ("20M", 20_971_520), ("20MB", 20_971_520), ("20MiB/s", 20_971_520),
        ("1.5G", 1_610_612_736), ("2048b", 2048),
    ])
    func `a rate comes in units of 1,024`(text: String, bytes: Int64) throws {
        #expect(try ByteRate(parsing: text).bytesPerSecond == bytes)
    }

    @Test(arguments: ["", "M", "0", "1023", "-5M", "20X", "20 M", "1e9", "inf", "nan", "99999999999G"])
    func `what is no rate is refused with what would be right`(text: String) {
        let error = #expect(throws: MigrationError.self) { try ByteRate(parsing: text) }
        #expect(error?.message.contains("512K, 20M or 1G") == true)
    }
}
