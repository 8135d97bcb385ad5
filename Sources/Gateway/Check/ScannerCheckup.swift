import Attachments
import Catalog
import Crypto
import Curl
import Foundation
import NIOCore

/// Has the configured scanner look at a harmless file, as the server would.
struct ScannerCheckup {
    /// Nil where nothing is scanned.
    let configuration: ScannerConfiguration?

    private static let subject = "scanner"
    /// Nobody waits for a check as long as for a large file.
    private static let longest = Duration.seconds(20)

    /// One line; none where nothing is scanned.
    ///
    /// `url` is where the probe lies in the storage; nil where it could not be put there.
    func run(probe: [UInt8], url: String?) async -> [CheckLine] {
        guard let configuration else { return [] }
        let timeout = min(configuration.timeout, Self.longest)
        switch configuration.kind {
        case .clamd(let address):
            return [await Self.line(for: ClamdScanner(address: address, timeout: timeout), probe)]
        case .http(let service, let secrets):
            guard let url else {
                let reason = "has to fetch a file from the bucket, which cannot be used: see the line bucket"
                return [.note(Self.subject, "\(service.urlAuthority) was not asked: it \(reason)")]
            }
            let scanner: HTTPScanner
            do throws(CurlError) {
                scanner = try HTTPScanner(url: service, secrets: secrets, timeout: timeout)
            } catch {
                return [.bad(Self.subject, error.message)]
            }
            let line = await Self.line(for: scanner, at: service.urlAuthority, probe, url)
            await scanner.shutdown()
            return [line]
        }
    }

    private static func line(for clamd: ClamdScanner, _ probe: [UInt8]) async -> CheckLine {
        do throws(ScanError) {
            try await clamd.ping()
            let verdict = try await clamd.scan(byteCount: Int64(probe.count)) { offset, count in
                ByteBuffer(bytes: probe.dropFirst(Int(offset)).prefix(count))
            }
            if case .found(let name) = verdict {
                let finding = "clamd at \(clamd.address) finds \"\(name)\" in a harmless file"
                return .bad(subject, "\(finding). See its signatures")
            }
            return .good(subject, "clamd at \(clamd.address) answers, and passes a harmless file")
        } catch {
            let advice = "See scan.clamd, that clamd runs, and that this user may connect to it"
            return .bad(subject, "\(error.message). \(advice)")
        }
    }

    private static func line(
        for scanner: HTTPScanner,
        at authority: String,
        _ probe: [UInt8],
        _ url: String
    ) async -> CheckLine {
        let question = ScanQuestion(
            id: UUID().text,
            fileName: "satchel-check.txt",
            mediaType: "text/plain",
            byteCount: Int64(probe.count),
            storedSHA256: SHA256.hash(data: probe).map { String(format: "%02x", $0) }.joined(),
            url: url
        )
        do throws(ScanError) {
            if case .found(let name) = try await scanner.ask(question) {
                let finding = "the scanner at \(authority) finds \"\(name)\" in a harmless file"
                return .bad(subject, "\(finding). Does it fetch the URL that it is given?")
            }
            return .good(subject, "the scanner at \(authority) passes a harmless file")
        } catch {
            let advice = "See scan.httpURL, scan.httpSecret, and that it can fetch from the storage"
            return .bad(subject, "\(error.message). \(advice)")
        }
    }
}
