import Foundation
import TestSupport
import Testing

@testable import Attachments

struct ISOMediaIndexTests {
    private let start = ISOBox.fileType("isom") + ISOBox.make("mdat", [UInt8](repeating: 7, count: 5_000))

    private func holdsSoundAlone(_ bytes: [UInt8], byteCount: Int? = nil) throws -> Bool {
        let directory = try TemporaryDirectory()
        try Data(bytes).write(to: URL(fileURLWithPath: directory.file("media")))
        let file = try #require(FileHandle(forReadingAtPath: directory.file("media")))
        defer { try? file.close() }
        return ISOMediaIndex.holdsSoundAlone(
            descriptor: file.fileDescriptor,
            byteCount: Int64(byteCount ?? bytes.count)
        )
    }

    @Test func `an index at the end of the file tells its tracks`() throws {
        #expect(try holdsSoundAlone(start + ISOBox.make("moov", ISOBox.track("soun"))))
        #expect(try holdsSoundAlone(start + ISOBox.make("moov", ISOBox.track("text") + ISOBox.track("soun"))))
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", ISOBox.track("soun") + ISOBox.track("vide"))))
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", ISOBox.track("text"))))
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", [])))
    }

    @Test func `a box may tell its size in 64 bits, or go on to the end`() throws {
        let index = ISOBox.make("moov", ISOBox.track("soun"))
        let media = [UInt8](repeating: 7, count: 5_000)
        #expect(try holdsSoundAlone(ISOBox.make("mdat", media, isLarge: true) + index))
        #expect(try holdsSoundAlone(start + ISOBox.make("moov", ISOBox.track("soun"), isLarge: true)))
        #expect(try holdsSoundAlone(start + ISOBox.header("moov", size: 0) + ISOBox.track("soun")))
        // All that follows is the media's.
        #expect(try !holdsSoundAlone(ISOBox.header("mdat", size: 0) + media + index))
    }

    @Test func `a few bytes behind the last box are none`() throws {
        let index = ISOBox.make("moov", ISOBox.track("soun") + [0, 0, 0, 0])
        #expect(try holdsSoundAlone(start + index))
    }

    @Test func `a picture in a track behind others is seen`() throws {
        let tracks = (0..<50).flatMap { _ in ISOBox.track("soun") }
        #expect(try holdsSoundAlone(start + ISOBox.make("moov", tracks)))
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", tracks + ISOBox.track("vide"))))
    }

    @Test(arguments: [2, 7, 1 << 31, 0xFFFF_FFFF] as [UInt32])
    func `a box whose size cannot be leads nowhere`(_ size: UInt32) throws {
        let track = ISOBox.track("soun")
        let broken = ISOBox.header("free", size: size)
        #expect(try !holdsSoundAlone(start + broken + ISOBox.make("moov", track)))
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", track + broken)))
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", ISOBox.make("trak", broken) + track)))
        #expect(try !holdsSoundAlone(start + ISOBox.header("moov", size: size) + track))
    }

    @Test(arguments: [0, 15, 1 << 40, 1 << 63, .max] as [UInt64])
    func `a size of 64 bits that cannot be leads nowhere`(_ size: UInt64) throws {
        let broken = ISOBox.header("free", size: 1) + ISOBox.number(size, byteCount: 8)
        let track = ISOBox.track("soun")
        #expect(try !holdsSoundAlone(start + broken + ISOBox.make("moov", track)))
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", broken + track)))
        // Not even the size is all there.
        #expect(try !holdsSoundAlone(start + broken.dropLast(5)))
    }

    @Test func `a box that reaches over the end of its parent leads nowhere`() throws {
        let track = ISOBox.track("soun")
        let long = ISOBox.header("trak", size: UInt32(track.count) + 8) + track.dropFirst(8)
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", long) + ISOBox.make("free", [])))
        // It takes in the head of the track behind it, and what is left there is no box.
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", long + ISOBox.track("vide"))))
    }

    @Test func `a file that ends before its index does tells nothing`() throws {
        let whole = start + ISOBox.make("moov", ISOBox.track("soun"))
        for byteCount in [0, 1, 8, 100] + Array(start.count..<whole.count) {
            #expect(try !holdsSoundAlone(whole, byteCount: byteCount))
            #expect(try !holdsSoundAlone(Array(whole.prefix(byteCount))))
        }
        // A length that the file does not have, or that is none.
        #expect(try !holdsSoundAlone(Array(start), byteCount: 1 << 40))
        #expect(try !holdsSoundAlone(whole, byteCount: -1))
    }

    @Test func `boxes without end are not read to the end`() throws {
        let many = (0..<5_000).flatMap { _ in ISOBox.make("free", []) }
        #expect(try !holdsSoundAlone(start + many + ISOBox.make("moov", ISOBox.track("soun"))))
        #expect(try !holdsSoundAlone(start + ISOBox.make("moov", ISOBox.track("soun") + many)))
    }
}
