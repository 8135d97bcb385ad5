import Foundation
import Gateway
import NIOCore
import S3
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(2)))
struct StorageCommandTests {
    /// A bucket of its own, a folder for files, and parts of five megabytes.
    private struct Place {
        let directory: TemporaryDirectory
        let settings: StorageSettings
        let storage: S3Client

        init() async throws {
            directory = try TemporaryDirectory()
            let seaweed = try await SeaweedFS.shared
            settings = StorageSettings(
                storage: seaweed.configuration(bucket: try await seaweed.makeBucket()),
                partSizeBytes: 5 << 20
            )
            storage = try S3Client(configuration: settings.storage)
        }

        var upload: FileUpload { FileUpload(storage: storage, settings: settings) }
        var download: FileDownload { FileDownload(storage: storage) }

        /// Writes a file of bytes that differ from offset to offset.
        func makeFile(_ name: String, byteCount: Int) throws -> (path: String, content: Data) {
            let content = Data((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
            let path = directory.file(name)
            try content.write(to: URL(fileURLWithPath: path))
            return (path: path, content: content)
        }

        func read(_ path: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: path))
        }

        var fileNames: [String] {
            get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
        }
    }

    @Test(arguments: [0, 1, 300_000])
    func `a file that one request can carry comes back as it was`(byteCount: Int) async throws {
        let place = try await Place()
        let file = try place.makeFile("in", byteCount: byteCount)
        let outcome = try await place.upload.store(file: file.path, key: "a b/ü+%.bin", contentType: "video/mp4")
        #expect(outcome.byteCount == Int64(byteCount))
        let head = try await place.storage.headObject(key: "a b/ü+%.bin")
        #expect(head.contentType == "video/mp4")
        #expect(head.etag == outcome.etag)
        let fetched = try await place.download.fetch(key: "a b/ü+%.bin", to: place.directory.file("out"))
        #expect(fetched == Int64(byteCount))
        let isSame = try place.read(place.directory.file("out")) == file.content
        #expect(isSame)
        await place.storage.shutdown()
    }

    @Test func `a larger file goes in parts, and a range of it can be had`() async throws {
        let place = try await Place()
        let file = try place.makeFile("in", byteCount: (11 << 20) + 17)
        let outcome = try await place.upload.store(file: file.path, key: "large", contentType: "video/mp4")
        #expect(outcome.etag.contains("-3"))
        #expect(try await place.storage.listMultipartUploads().isEmpty)
        _ = try await place.download.fetch(key: "large", to: place.directory.file("whole"))
        let isWhole = try place.read(place.directory.file("whole")) == file.content
        #expect(isWhole)
        // Across the border of the first two parts.
        let range: ClosedRange<Int64> = (5 << 20) - 3...(5 << 20) + 4
        let fetched = try await place.download.fetch(key: "large", range: range, to: place.directory.file("part"))
        #expect(fetched == 8)
        let part = try place.read(place.directory.file("part"))
        #expect(part == file.content[Int(range.lowerBound)...Int(range.upperBound)])
        await place.storage.shutdown()
    }

    @Test func `a cancelled upload in parts is aborted and stores nothing`() async throws {
        let place = try await Place()
        let file = try place.makeFile("in", byteCount: 11 << 20)
        let upload = place.upload
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await upload.store(file: file.path, key: "cancelled", contentType: "video/mp4")
        }
        let result = await task.result
        #expect(throws: (any Error).self) { try result.get() }
        #expect(try await place.storage.listMultipartUploads().isEmpty)
        #expect(try await place.storage.listObjects().isEmpty)
        await place.storage.shutdown()
    }

    @Test func `what is no ordinary file is refused with its name`() async throws {
        let place = try await Place()
        for path in [place.directory.path, place.directory.file("missing"), "/dev/null"] {
            let fault = await #expect(throws: StorageFault.self) {
                try await place.upload.store(file: path, key: "k", contentType: "text/plain")
            }
            #expect(fault?.description.hasPrefix(path) == true)
        }
        #expect(try await place.storage.listObjects().isEmpty)
        await place.storage.shutdown()
    }

    @Test func `a download that fails leaves the file that was there, and nothing beside it`() async throws {
        let place = try await Place()
        let file = try place.makeFile("old", byteCount: 10)
        let error = await #expect(throws: S3Error.self) {
            try await place.download.fetch(key: "nothing", to: file.path)
        }
        #expect(error?.isNotFound == true)
        #expect(try place.read(file.path) == file.content)
        #expect(try place.fileNames == ["old"])
        await place.storage.shutdown()
    }

    @Test func `a download into a link or a device writes through it`() async throws {
        let place = try await Place()
        let file = try place.makeFile("in", byteCount: 1000)
        _ = try await place.upload.store(file: file.path, key: "k", contentType: "text/plain")
        let old = try place.makeFile("old", byteCount: 5000)
        let link = place.directory.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: old.path)
        _ = try await place.download.fetch(key: "k", to: link)
        #expect(try place.read(old.path) == file.content)
        #expect(try place.fileNames == ["in", "link", "old"])
        #expect(try await place.download.fetch(key: "k", to: "/dev/null") == 1000)
        let type = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
        #expect(type == .typeCharacterSpecial)
        await place.storage.shutdown()
    }

    @Test func `a measurement counts its objects and leaves none`() async throws {
        let place = try await Place()
        let outcome = try await StorageBenchmark(settings: place.settings, objectBytes: 4096, clients: 4, count: 40)
            .run()
        #expect(outcome.count == 40)
        #expect(outcome.requestsPerSecond > 0)
        #expect(outcome.medianMilliseconds > 0)
        #expect(outcome.medianMilliseconds <= outcome.percentile99Milliseconds)
        #expect(try await place.storage.listObjects().isEmpty)
        await place.storage.shutdown()
    }

    @Test func `a measurement that keeps its objects says where`() async throws {
        let place = try await Place()
        let benchmark = StorageBenchmark(
            settings: place.settings,
            objectBytes: 3,
            clients: 8,
            count: 5,
            keepsObjects: true
        )
        let outcome = try await benchmark.run()
        let prefix = try #require(outcome.keptPrefix)
        let objects = try await place.storage.listObjects(prefix: prefix)
        #expect(objects.map(\.byteCount) == [3, 3, 3, 3, 3])
        #expect(try await place.storage.listObjects().count == 5)
        await place.storage.shutdown()
    }

    @Test func `a cancelled measurement leaves no object`() async throws {
        let place = try await Place()
        let benchmark = StorageBenchmark(settings: place.settings, objectBytes: 100, clients: 4, count: 1_000_000)
        let task = Task { try await benchmark.run() }
        while try await place.storage.listObjects(limit: 1).isEmpty {
            try await Task.sleep(for: .milliseconds(20))
        }
        task.cancel()
        let result = await task.result
        #expect(throws: (any Error).self) { try result.get() }
        #expect(try await place.storage.listObjects().isEmpty)
        await place.storage.shutdown()
    }
}
