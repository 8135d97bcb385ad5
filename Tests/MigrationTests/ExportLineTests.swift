import Catalog
import Testing

@testable import Migration

struct ExportLineTests {
    @Test(arguments: [(FileKind.audio, Optional("opus")), (.video, "vp9"), (.image, nil)])
    func `the one codec of a line is that of what the file is`(kind: FileKind, codec: String?) throws {
        var attachment = InventoryAttachment.sample(kind)
        attachment.codec = kind == .video ? "vp9" : nil
        attachment.audioCodec = kind == .image ? nil : "opus"
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
