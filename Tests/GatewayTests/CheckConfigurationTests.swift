import Foundation
import Gateway
import S3
import TestSupport
import Testing

/// What `satchel check --bucket --write` does to a configuration file.
struct CheckConfigurationTests {
    private let addressing = SuggestedSetting(.s3Addressing, "virtualHost")
    private let checksums = SuggestedSetting(.s3Checksums, "never")

    /// The text after the settings were written into it.
    private func edited(_ text: String, _ settings: SuggestedSetting...) throws -> String {
        var block = try StorageBlock(parsing: text)
        _ = try block.apply(settings)
        return block.text
    }

    // MARK: - The block

    @Test func `a value that is there is replaced, its comment and all else stay`() throws {
        let text = """
            # All of it.
            server:
              port: 8080   # not ours
            s3:
              # Where.
              endpoint: http://127.0.0.1:8333
              addressing:   path   # or virtualHost
              bucket: "chat"

            auth:
              addressing: path
            """
        let wanted = text.replacing("addressing:   path   # or", with: "addressing:   virtualHost   # or")
        #expect(try edited(text, addressing) == wanted)
    }

    @Test func `what is not there goes to the end of the block`() throws {
        let text = """
            s3:
                endpoint: http://127.0.0.1:8333
                nested:
                    checksums: not this one
                # sessionToken: x

            # About tokens.
            auth:
                secret: x

            """
        let wanted = text.replacing("    # sessionToken: x\n", with: "    # sessionToken: x\n    checksums: never\n")
        #expect(try edited(text, checksums) == wanted)
    }

    @Test func `a file that ends with the block, without a line end, grows by a line`() throws {
        #expect(try edited("s3:\n  bucket: b", checksums) == "s3:\n  bucket: b\n  checksums: never")
        #expect(try edited("s3:", checksums) == "s3:\n  checksums: never")
    }

    @Test func `a value that counts anyway is not written`() throws {
        let text = "s3:\n  bucket: b\n"
        let standards = [
            SuggestedSetting(.s3Addressing, "path"),
            SuggestedSetting(.s3Checksums, "auto"),
            SuggestedSetting(.s3Region, "us-east-1"),
            SuggestedSetting(.s3PartMegabytes, "8"),
        ]
        var block = try StorageBlock(parsing: text)
        let changed = try block.apply(standards)
        #expect(changed.isEmpty)
        #expect(block.text == text)
        let same = "s3:\n  addressing: 'virtualHost' # said already\n"
        #expect(try edited(same, addressing) == same)
    }

    @Test func `what counts anyway replaces another value`() throws {
        let path = SuggestedSetting(.s3Addressing, "path")
        #expect(try edited("s3:\n  addressing: virtualHost\n", path) == "s3:\n  addressing: path\n")
    }

    @Test(arguments: [
        ("s3:\n  addressing: \"path\"\n", "s3:\n  addressing: virtualHost\n"),
        ("s3:\n  addressing: 'path' # why\n", "s3:\n  addressing: virtualHost # why\n"),
        ("s3:\n  addressing:\n", "s3:\n  addressing: virtualHost\n"),
        ("s3:\n  addressing: # to be said\n", "s3:\n  addressing: virtualHost # to be said\n"),
        ("s3: # storage\n  'addressing' : path\n", "s3: # storage\n  'addressing' : virtualHost\n"),
        ("\"s3\":\n addressing: path\n", "\"s3\":\n addressing: virtualHost\n"),
    ])
    func `other spellings of the same are understood`(text: String, wanted: String) throws {
        #expect(try edited(text, addressing) == wanted)
    }

    @Test func `lines that end as on Windows stay so`() throws {
        let text = "s3:\r\n  addressing: path\r\n  bucket: b\r\nauth:\r\n"
        let wanted = "s3:\r\n  addressing: virtualHost\r\n  bucket: b\r\n  checksums: never\r\nauth:\r\n"
        #expect(try edited(text, addressing, checksums) == wanted)
    }

    @Test(arguments: [
        "", "server:\n  port: 1\n", "s3: {bucket: b, addressing: path}\n", "{s3: {bucket: b}}\n", "s3: *storage\n",
        "# s3:\n", "server:\n  s3:\n    addressing: path\n",
    ])
    func `a file without such a block is refused`(text: String) {
        #expect(throws: StorageBlockFault.self) { try edited(text, addressing) }
    }

    @Test(arguments: [
        "s3:\n  addressing: |\n    path\n", "s3:\n  addressing:\n    path\n", "s3:\n  addressing: [path]\n",
        "s3:\n  addressing: &a path\n", "s3:\n  addressing: \"pa\\u0074h\"\n", "s3:\n  addressing: path\n    more\n",
    ])
    func `a value that is not plainly on its line is refused`(text: String) {
        #expect(throws: StorageBlockFault.self) { try edited(text, addressing) }
    }

    @Test func `the example configuration changes in the lines that are meant`() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let example = root.appendingPathComponent("config/satchel.example.yaml")
        let text = String(decoding: try Data(contentsOf: example), as: UTF8.self)
        let wanted = text.replacing("\n  addressing: path\n", with: "\n  addressing: virtualHost\n")
            .replacing("\n  checksums: auto\n", with: "\n  checksums: never\n")
        #expect(wanted != text)
        #expect(try edited(text, addressing, checksums) == wanted)
    }

    // MARK: - The file

    private let text = """
        s3:
          endpoint: http://127.0.0.1:8333
          bucket: chat
          accessKeyId: key
          secretAccessKey: secret   # to be moved into a file
        """

    @Test func `the file is written, reads as it should, and the old one is kept`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("satchel.yaml")
        let url = URL(fileURLWithPath: path)
        try Data(text.utf8).write(to: url)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        try Data("an older backup".utf8).write(to: URL(fileURLWithPath: "\(path).bak"))

        let region = SuggestedSetting(.s3Region, "us-east-1")
        let changed = try await ConfigurationFile.write([addressing, region, checksums], to: path)
        #expect(changed == [addressing, checksums])
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(path).bak")) == Data(text.utf8))
        let modes = try [path, "\(path).bak"]
            .map { path in
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            }
        #expect(modes[0]?.intValue == 0o640)
        #expect(modes[1]?.intValue == 0o600)

        let source = await ConfigurationSource(
            file: path,
            overrides: ["s3.endpoint=http://storage.example"],
            environment: [:]
        )
        let settings = try await source.loadStorage()
        #expect(settings.storage.addressing == .virtualHost)
        #expect(settings.storage.checksums == .never)
    }

    @Test func `a file that has it all is left alone`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("satchel.yaml")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let changed = try await ConfigurationFile.write([SuggestedSetting(.s3Checksums, "auto")], to: path)
        #expect(changed.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: "\(path).bak"))
    }

    @Test(arguments: ["s3: {bucket: chat}\n", "s3:\n  bucket: chat\nbroken: [\n"])
    func `a file that cannot be edited stays as it was, and the lines to add are told`(text: String) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("satchel.yaml")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let settings = [addressing, checksums]
        let fault = await #expect(throws: ConfigurationFileFault.self) {
            try await ConfigurationFile.write(settings, to: path)
        }
        #expect(fault?.description.hasPrefix(path) == true)
        #expect(fault?.description.hasSuffix("s3:\n  addressing: virtualHost\n  checksums: never") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(text.utf8))
    }

    @Test func `what counts without a setting is what the loader takes`() async throws {
        let environment = [
            "SATCHEL_S3_ENDPOINT": "http://127.0.0.1:8333", "SATCHEL_S3_BUCKET": "chat",
            "SATCHEL_S3_ACCESS_KEY_ID": "key", "SATCHEL_S3_SECRET_ACCESS_KEY": "secret",
        ]
        let settings = try await ConfigurationSource(file: nil, environment: environment).loadStorage()
        let standards = [
            SuggestedSetting(.s3Addressing, settings.storage.addressing.rawValue),
            SuggestedSetting(.s3Checksums, settings.storage.checksums.rawValue),
            SuggestedSetting(.s3Region, settings.storage.region),
            SuggestedSetting(.s3PartMegabytes, "\(settings.partSizeBytes >> 20)"),
        ]
        var block = try StorageBlock(parsing: "s3:\n  bucket: chat\n")
        let changed = try block.apply(standards)
        #expect(changed.isEmpty)
    }
}
