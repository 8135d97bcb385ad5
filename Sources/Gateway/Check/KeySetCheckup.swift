import Curl
import Logging

/// Reads the key set that tokens are verified with, as the server would.
struct KeySetCheckup {
    let configuration: TokenConfiguration

    private static let subject = "token keys"

    /// One line for the set and one for each key that is left out; none where no set is configured.
    func run() async -> [CheckLine] {
        let quiet = Logger(label: "check", factory: { _ in SwiftLogNoOpLogHandler() })
        let keySet: RemoteKeySet
        do throws(CurlError) {
            guard let configured = try RemoteKeySet.configured(by: configuration, logger: quiet) else { return [] }
            keySet = configured
        } catch {
            return [.bad(Self.subject, "\(error). See auth.jwksCertificateAuthorityFile")]
        }
        let lines: [CheckLine]
        do throws(KeySetError) {
            lines = Self.lines(for: try await keySet.fetchedKeys())
        } catch {
            lines = [.bad(Self.subject, "\(error). See auth.jwksUrl and auth.jwksCertificateAuthorityFile")]
        }
        await keySet.shutdown()
        return lines
    }

    private static func lines(for keys: KeySet) -> [CheckLine] {
        let omissions = keys.omissions.map { CheckLine.note(subject, "a key is left out: \($0)") }
        guard !keys.keys.isEmpty else {
            return [.bad(subject, "the set has no usable key. See auth.jwksUrl")] + omissions
        }
        return [.good(subject, "\(keys.keys.count) usable")] + omissions
    }
}
