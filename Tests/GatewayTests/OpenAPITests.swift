import Attachments
import Foundation
import TestSupport
import Testing

@testable import Gateway

/// The description of the API, held against the server.
struct OpenAPITests {
    private static let text: String = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let url = root.appendingPathComponent("docs/openapi.yaml")
        return (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    }()

    /// Pairs of path and method, as they stand under `paths`.
    static var operations: [(path: String, method: String)] {
        var path = ""
        var found: [(path: String, method: String)] = []
        for line in text.split(separator: "\n") {
            if let match = line.wholeMatch(of: #/  (/\S*):/#) {
                path = String(match.1)
            } else if let match = line.wholeMatch(of: #/    (get|put|patch|post|delete):/#) {
                found.append((path: path, method: match.1.uppercased()))
            }
        }
        return found
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `the server knows every operation that is described`() async throws {
        #expect(Self.operations.count == 36)
        try await GatewayHarness.run(configure: { $0.metrics.isEnabled = true }) { gateway in
            for operation in Self.operations {
                let isOpen = operation.path.hasSuffix("z") || operation.path == "/metrics"
                let path = operation.path.replacingOccurrences(of: "{id}", with: UUID().uuidString)
                    .replacingOccurrences(of: "{user}", with: "ann")
                    .replacingOccurrences(of: "{playlist}", with: "master.m3u8")
                let target = isOpen ? path : "/api/chat\(path)"
                let response = try await RawHTTPRequest(operation.method, target).send(port: gateway.port)
                // Without an old place, or a ladder, there is nothing there, and no token is asked for.
                let isSigned = operation.path.hasPrefix("/old-objects/") || operation.path.hasPrefix("/hls/")
                let closed = isSigned ? 404 : 401
                #expect(response.status == (isOpen ? 200 : closed), "\(operation.method) \(operation.path)")
            }
        }
    }

    @Test func `every code of the product and of the form parser is described`() {
        for code in AttachmentError.Code.allCases.map(\.rawValue) + FormError.Reason.allCases.map(\.rawValue) {
            #expect(Self.text.contains("        - \(code)\n"), "\(code)")
        }
    }
}
