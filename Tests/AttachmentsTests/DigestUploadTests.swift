import Catalog
import Crypto
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct DigestUploadTests {
    /// Files that go by one PUT, and in parts.
    private static let byteCounts = [0, 70_001, (12 << 20) + 345]

    private func claim(_ algorithm: DigestAlgorithm, of bytes: [UInt8]) -> DigestClaim {
        let digest: [UInt8] =
            switch algorithm {
            case .md5: Array(Insecure.MD5.hash(data: bytes))
            case .sha1: Array(Insecure.SHA1.hash(data: bytes))
            case .sha256: Array(SHA256.hash(data: bytes))
            case .sha512: Array(SHA512.hash(data: bytes))
            }
        return DigestClaim(source: "the \(algorithm) claim", algorithm: algorithm, digest: digest)
    }

    /// Uploads the bytes with claims that are made with the file and after it.
    private func upload(
        _ bytes: [UInt8],
        to fixture: ServiceFixture,
        early: [DigestClaim] = [],
        late: [DigestClaim] = []
    ) async throws -> AttachmentView {
        let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        do {
            try await upload.authorize(messageID: fixture.message.id)
            try upload.beginFile(name: "paper.pdf", declaredType: nil, digests: early)
            for start in stride(from: 0, to: bytes.count, by: 100_000) {
                try await upload.write(ByteBuffer(bytes: bytes[start..<min(start + 100_000, bytes.count)]))
            }
            try await upload.endFile()
            try upload.claim(late)
            return try await upload.finish()
        } catch {
            await upload.abandon()
            throw error
        }
    }

    @Test(arguments: byteCounts)
    func `a file with the digests that were claimed is stored, early claims or late`(byteCount: Int) async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: byteCount)
        let claims = DigestAlgorithm.allCases.map { claim($0, of: bytes) }
        let times: [(early: [DigestClaim], late: [DigestClaim])] = [(claims, []), ([], claims), (claims, claims)]
        for (early, late) in times {
            let view = try await upload(bytes, to: fixture, early: early, late: late)
            #expect(try await fixture.storage.bytes(of: view.attachment.objectKey) == bytes)
        }
        #expect(try fixture.spoolFiles() == [])
    }

    @Test(arguments: byteCounts, DigestAlgorithm.allCases)
    func `a file with another digest is refused before it is stored, and nothing is left`(
        byteCount: Int,
        algorithm: DigestAlgorithm
    ) async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: byteCount)
        let wrong = [claim(algorithm, of: bytes + [0])]
        #expect(
            await attachmentErrorCode { _ = try await upload(bytes, to: fixture, early: wrong) } == .digestMismatch
        )
        #expect(
            await attachmentErrorCode { _ = try await upload(bytes, to: fixture, late: wrong) } == .digestMismatch
        )
        // Of a part whose answer did not come, what may still arrive is looked for once more.
        #expect(try await fixture.runInBackground { try await fixture.remains() == [] })
        #expect(fixture.service.inHandCount == 0)
    }

    @Test func `a claim before the file counts as one with it`() async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: 1000)
        let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        try upload.claim([claim(.md5, of: bytes + [0])])
        try upload.beginFile(name: "paper.pdf", declaredType: nil, digests: [claim(.sha256, of: bytes)])
        try await upload.write(ByteBuffer(bytes: bytes))
        #expect(await attachmentErrorCode { try await upload.endFile() } == .digestMismatch)
        await upload.abandon()
        #expect(try await fixture.remains() == [])
    }
}
