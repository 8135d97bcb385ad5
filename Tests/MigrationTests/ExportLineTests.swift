import Catalog
import Foundation
import Testing

@testable import Migration

struct ExportLineTests {
    @Test(arguments: [(FileKind.audio, Optional("opus")), (.video, "vp9"), (.image, nil)])
    func `the one codec of a line is that of what the file is`(kind: FileKind, codec: String?) throws {
        let attachment = InventoryAttachment(
            id: UUID(),
            messageID: UUID(),
            objectKey: "a",
            fileName: "a",
            fileKind: kind,
            fileSize: 1,
            mediaType: "application/octet-stream",
            sha256: nil,
            status: .ready,
            codec: kind == .video ? "vp9" : nil,
            audioCodec: kind == .image ? nil : "opus",
            uploadedBy: "ann",
            uploadedAt: Date()
        )
        let object = StoredObject(location: "a", byteCount: 1)
        let line = ExportLine(
            path: "a",
            ExportDirectory.Outcome(byteCount: 1, sha256: "", isNew: true, object: object),
            of: attachment,
            in: nil,
            among: []
        )
        #expect(line.codec == codec)
    }
}
