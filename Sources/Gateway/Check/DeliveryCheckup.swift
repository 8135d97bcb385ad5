import Attachments
import Curl
import HTTPTypes
import NIOCore
import SigV4

/// Fetches a file as clients do where the storage's own presigned URLs are not what they get (`delivery.mode`).
struct DeliveryCheckup {
    let signer: any ObjectURLSigner
    /// The object that is fetched, and its bytes.
    let key: String
    let probe: [UInt8]

    private static let subject = "public URLs"
    private static let timeout = Duration.seconds(20)

    /// One line.
    func run() async -> CheckLine {
        let terms = URLTerms(
            signedAt: .now(),
            lifetime: .seconds(60),
            mediaType: "text/plain",
            disposition: "attachment"
        )
        let url: String
        do throws(URLSigningError) {
            url = try signer.url(forKey: key, terms: terms)
        } catch {
            return .bad(Self.subject, "\(error). See delivery.privateKeyFile")
        }
        do throws(CurlError) {
            // Clients trust the system's authorities, not what the storage may have of its own.
            let curl = try CurlClient()
            let line = await fetch(url, with: curl)
            await curl.shutdown()
            return line
        } catch {
            return .bad(Self.subject, error.message)
        }
    }

    private func fetch(_ url: String, with curl: CurlClient) async -> CheckLine {
        let authority = url.urlAuthority
        do throws(CurlError) {
            let signed = try await answer(to: url, with: curl)
            guard signed.isProbe else {
                return .bad(
                    Self.subject,
                    "\(authority) answers a URL of delivery.mode with \(signed.status), and not with the file. Has it the key that "
                        + "goes with this one, and does it pass every path below delivery.url on to the bucket, that of "
                        + "the probe (.satchel-check/) too?"
                )
            }
            let unsigned = try await answer(to: String(url.prefix { $0 != "?" }), with: curl)
            guard !unsigned.isProbe else {
                return .bad(Self.subject, "\(authority) gives files out without a signature, too: have it check them")
            }
            return .good(
                Self.subject,
                "a signed URL of \(authority) works from here; without the signature it is refused (\(unsigned.status))"
            )
        } catch {
            return .bad(Self.subject, "\(authority) cannot be reached from here: \(error.message). See delivery.url")
        }
    }

    private func answer(
        to url: String,
        with curl: CurlClient
    ) async throws(CurlError) -> (status: Int, isProbe: Bool) {
        let response = try await curl.send(CurlRequest(method: .get, url: url, totalTimeout: Self.timeout))
        let bytes = try await response.body.collect(upTo: 64 * 1024)
        return (response.status, response.status == 200 && Array(bytes.readableBytesView) == probe)
    }
}
