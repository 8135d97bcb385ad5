import Foundation
import Testing

@testable import Gateway

struct KeySetCheckupTests {
    private func lines(_ url: String?) async -> [CheckLine] {
        await KeySetCheckup(configuration: TokenConfiguration(keySetURL: url)).run()
    }

    @Test func `without a key set there is nothing to say`() async {
        #expect(await lines(nil).isEmpty)
    }

    @Test func `the usable keys are counted, and the others named`() async throws {
        let (good, other) = (try OpenSSLKey(.p256), try OpenSSLKey(.p384))
        let server = try KeySetServer([try good.jwk(id: "good"), try other.jwk(id: "other", #""use":"enc""#)])
        let lines = await lines(server.url)
        #expect(lines.map(\.verdict) == [.good, .note])
        #expect(lines.first?.detail == "1 usable")
        #expect(lines.last?.detail.contains(#"kid "other""#) == true)
        server.publish([])
        #expect(await self.lines(server.url).map(\.verdict) == [.bad])
    }

    @Test func `a set that cannot be read is a fault, with where to look`() async throws {
        let server = try KeySetServer([])
        server.change { $0.status = 503 }
        let broken = await lines(server.url)
        #expect(broken.map(\.verdict) == [.bad])
        #expect(broken.first?.detail.contains("503") == true)
        #expect(broken.first?.detail.contains("auth.jwksUrl") == true)
        server.stop()
        #expect(await lines(server.url).map(\.verdict) == [.bad])
    }
}
