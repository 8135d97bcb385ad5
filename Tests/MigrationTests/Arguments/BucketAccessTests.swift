import Foundation
import Migration
import S3
import SigV4
import TestSupport
import Testing

struct BucketAccessTests {
    private static func target() throws -> S3Configuration {
        S3Configuration(
            endpoint: try S3Endpoint(parsing: "https://new.example.com"),
            publicEndpoint: try S3Endpoint(parsing: "https://media.example.com"),
            region: "eu-1",
            bucket: "attachments",
            addressing: .virtualHost,
            credentials: Credentials(accessKeyID: "target", secretAccessKey: "target-secret")
        )
    }

    @Test func `the same endpoint shares keys, region and addressing`() throws {
        let found = try BucketAccess().configuration(bucket: "old", target: Self.target())
        #expect(found.bucket == "old")
        #expect(found.region == "eu-1")
        #expect(found.addressing == .virtualHost)
        #expect(found.publicEndpoint == nil)
        #expect(found.credentials.accessKeyID == "target")
    }

    @Test func `the target's keys are never sent to another endpoint`() throws {
        var access = BucketAccess()
        access.endpoint = "https://old.example.com"
        let error = #expect(throws: MigrationError.self) {
            try access.configuration(bucket: "old", target: Self.target())
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix("the source's keys are missing") == true)
    }

    @Test func `the environment's keys are taken, and those of the command line before them`() throws {
        let directory = try TemporaryDirectory()
        try "from-a-file\n".write(toFile: directory.file("secret"), atomically: true, encoding: .utf8)
        var access = BucketAccess(environment: [
            "AWS_ACCESS_KEY_ID": "env", "AWS_SECRET_ACCESS_KEY": "env-secret", "AWS_SESSION_TOKEN": "token",
            "AWS_REGION": "us-west-2",
        ])
        access.endpoint = "http://127.0.0.1:9000"
        var found = try access.configuration(bucket: "old", target: Self.target())
        #expect(found.credentials.accessKeyID == "env")
        #expect(found.credentials.secretAccessKey == "env-secret")
        #expect(found.credentials.sessionToken == "token")
        #expect(found.region == "us-west-2")
        #expect(found.addressing == .path)
        access.accessKeyID = "line"
        access.secretAccessKeyFile = directory.file("secret")
        access.region = "eu-2"
        found = try access.configuration(bucket: "old", target: Self.target())
        #expect(found.credentials.accessKeyID == "line")
        #expect(found.credentials.secretAccessKey == "from-a-file")
        #expect(found.credentials.sessionToken == nil)
        #expect(found.region == "eu-2")
    }

    @Test(arguments: [
        (nil, nil, S3Addressing.virtualHost), (nil, "path", .path), (nil, "virtualHost", .virtualHost),
        ("https://new.example.com", nil, .virtualHost), ("https://new.example.com", "path", .path),
        ("https://old.example.com", nil, .path), ("https://old.example.com", "path", .path),
        ("https://old.example.com", "virtualHost", .virtualHost),
    ])
    func `the addressing is what is said, else the storage's at its endpoint and path elsewhere`(
        endpoint: String?,
        addressing: String?,
        found: S3Addressing
    ) throws {
        var access = BucketAccess(environment: ["AWS_ACCESS_KEY_ID": "env", "AWS_SECRET_ACCESS_KEY": "env-secret"])
        access.endpoint = endpoint
        access.addressing = addressing
        #expect(access.isSilent == (endpoint == nil && addressing == nil))
        #expect(try access.configuration(bucket: "old", target: Self.target()).addressing == found)
    }

    @Test func `a bucket's name is not put before an address`() throws {
        var access = BucketAccess(environment: ["AWS_ACCESS_KEY_ID": "env", "AWS_SECRET_ACCESS_KEY": "env-secret"])
        access.endpoint = "http://127.0.0.1:9000"
        access.addressing = "virtualHost"
        let error = #expect(throws: MigrationError.self) {
            try access.configuration(bucket: "old", target: Self.target())
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("needs an endpoint with a name") == true)
    }

    @Test(arguments: ["", "Path", "virtual-host", "dns"])
    func `another addressing is refused, with what is allowed`(addressing: String) {
        var access = BucketAccess()
        access.addressing = addressing
        let error = #expect(throws: MigrationError.self) { try access.validate() }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "--from-addressing must be path or virtualHost, not \"\(addressing)\"")
    }

    @Test func `half a pair of keys, a bad endpoint and a bad bucket are refused`() throws {
        var access = BucketAccess()
        access.accessKeyID = "line"
        #expect(throws: MigrationError.self) { try access.validate() }
        access = BucketAccess()
        access.endpoint = "old.example.com"
        let endpoint = #expect(throws: MigrationError.self) { try access.validate() }
        #expect(endpoint?.message.contains("http:// or https://") == true)
        let bucket = #expect(throws: MigrationError.self) {
            try BucketAccess().configuration(bucket: "x", target: Self.target())
        }
        #expect(bucket?.message.contains("3 to 63") == true)
        access = BucketAccess()
        access.accessKeyID = "line"
        access.secretAccessKeyFile = "/nonexistent/secret"
        let file = #expect(throws: MigrationError.self) {
            try access.configuration(bucket: "old", target: Self.target())
        }
        #expect(file?.message == "--from-secret-access-key-file /nonexistent/secret cannot be read")
    }

    @Test(arguments: [
        ("directory:/srv/media", StoreIdentity.directory("/srv/media")),
        ("s3:http://127.0.0.1:9000/old", .bucket(endpoint: "http://127.0.0.1:9000", name: "old", prefix: "")),
        (
            "s3:https://s3.example.com/old/a b/c",
            .bucket(endpoint: "https://s3.example.com", name: "old", prefix: "a b/c")
        ),
    ])
    func `an identity is taken apart again`(text: String, identity: StoreIdentity) throws {
        #expect(try StoreIdentity(parsing: text) == identity)
    }

    @Test(arguments: ["", "directory:relative", "s3:old", "s3:https://host", "s3:https:///bucket", "ftp://x/y"])
    func `what is no identity is refused`(text: String) {
        let error = #expect(throws: MigrationError.self) { try StoreIdentity(parsing: text) }
        #expect(error?.code == .journal)
    }
}
