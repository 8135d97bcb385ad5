import Attachments
import Catalog
import Curl
import Foundation
import Glibc
import HTTPTypes
import NIOCore
import S3

/// Looks at everything that a gateway needs, one after the other, as the server would use it.
///
/// The bucket is tried with an object of its own under `.satchel-check/`, which is removed again. Nothing else is
/// changed.
package struct Checkup: Sendable {
    private let configuration: GatewayConfiguration
    static let probe = Array("satchel check\n".utf8)

    /// Prepares the look at a configuration.
    package init(configuration: GatewayConfiguration) {
        self.configuration = configuration
    }

    /// All lines, in the order in which they are worth reading.
    package func run() async -> [CheckLine] {
        [database()] + (await StorageCheckup(configuration: configuration).run()) + [spool()] + certificate()
            + (await storage())
            + (await KeySetCheckup(configuration: configuration.tokens).run())
            + (await WebhookCheckup(receivers: configuration.webhooks).run())
            + (await WorkerCheckup(path: configuration.workerPath).run())
    }

    private func database() -> CheckLine {
        let path = configuration.databasePath
        guard FileManager.default.fileExists(atPath: path) else {
            return .bad("database", "\(path) does not exist. Run: satchel db migrate")
        }
        do {
            let catalog = try Catalog.open(path: path)
            try catalog.requireCurrentSchema()
            let count = try catalog.schemaStatus().applied.count
            return .good("database", "\(path), schema current (\(count) steps)")
        } catch  where error.code == .olderSchema {
            return .bad("database", "\(error.message). Run: satchel db migrate")
        } catch {
            return .bad("database", "\(error)")
        }
    }

    /// How long a certificate may still be good and not be worth a word; clients' own tools begin to warn about then.
    private static let certificateNotice: TimeInterval = 14 * 86_400

    private func certificate() -> [CheckLine] {
        guard let files = configuration.listener.tls else { return [] }
        do {
            guard let end = try TLSCertificates(files).end else {
                return [.good("certificate", files.certificate)]
            }
            let date = Date(timeIntervalSince1970: TimeInterval(end))
            let found = "\(files.certificate), good until \(date.ISO8601Format())"
            guard date > Date() else {
                return [.bad("certificate", "\(files.certificate) ended at \(date.ISO8601Format()). Get a new one")]
            }
            return [
                date > Date(timeIntervalSinceNow: Self.certificateNotice)
                    ? .good("certificate", found)
                    : .note("certificate", "\(found): renew it")
            ]
        } catch {
            return [.bad("certificate", "\(error)")]
        }
    }

    private func spool() -> CheckLine {
        let directory = configuration.attachments.spoolDirectory
        // The server makes the folder; made here, it could be another user's.
        let existing = Self.nearestFolder(to: directory)
        do {
            guard access(existing, W_OK | X_OK) == 0 else {
                return .bad(
                    "spool",
                    "\(existing) is not writable for this user. Change its owner, or set spool.directory"
                )
            }
            let attributes = try FileManager.default.attributesOfFileSystem(forPath: existing)
            let free = (attributes[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
            let quota = configuration.attachments.spoolQuotaBytes
            guard free >= quota else {
                return .bad(
                    "spool",
                    "\(directory) has \(free >> 20) MB free, less than spool.quotaMegabytes (\(quota >> 20)). "
                        + "Lower the quota or make room"
                )
            }
            return .good("spool", "\(directory), \(free >> 20) MB free, quota \(quota >> 20) MB")
        } catch {
            return .bad("spool", "\(directory) cannot be used: \(error.localizedDescription)")
        }
    }

    private static func nearestFolder(to path: String) -> String {
        var folder = URL(fileURLWithPath: path).standardizedFileURL
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path) {
            folder.deleteLastPathComponent()
        }
        return folder.path
    }

    private func storage() async -> [CheckLine] {
        let client: S3Client
        do {
            client = try S3Client(configuration: configuration.storage)
        } catch {
            return [.bad("bucket", "\(error)")] + (await scanner(probeURL: nil))
        }
        let key = "\(ObjectKey.trialPrefix)\(UUID().uuidString.lowercased())"
        var lines = [await bucket(client, key: key)]
        let isUsable = lines.allSatisfy(\.isGood)
        if isUsable { lines.append(await publicURL(client, key: key)) }
        lines += await scanner(probeURL: isUsable ? client.presignGet(key: key, expiresIn: .seconds(60)) : nil)
        do {
            // Whatever was answered: the probe may have been written.
            try await client.deleteObject(key: key)
            if isUsable { lines.append(.good("deletion", "the probe is removed again")) }
        } catch {
            // Where it is not usable, the first line tells what is wrong.
            if isUsable {
                lines.append(.bad("deletion", "\(Self.advice(for: error)). The probe \(key) is still there"))
            }
        }
        lines.append(await clock(client))
        await client.shutdown()
        return lines
    }

    private func bucket(_ client: S3Client, key: String) async -> CheckLine {
        let place = "\(configuration.storage.bucket) at \(configuration.storage.endpoint.authority)"
        do {
            let body = S3Body.bytes(ByteBuffer(bytes: Self.probe))
            _ = try await client.putObject(key: key, body: body, contentType: "text/plain")
            let stored = try await client.getObject(key: key) { _, body in try await body.collect(upTo: 4096) }
            guard Array(stored.readableBytesView) == Self.probe else {
                return .bad("bucket", "\(place) gives back other bytes than it was given. Is something in between?")
            }
            return .good("bucket", "\(place): written and read back")
        } catch {
            return .bad("bucket", "\(place): \(Self.advice(for: error))")
        }
    }

    private func scanner(probeURL: String?) async -> [CheckLine] {
        await ScannerCheckup(configuration: configuration.scanner).run(probe: Self.probe, url: probeURL)
    }

    /// What clients get: URLs of the storage, or of what stands before it.
    private func publicURL(_ client: S3Client, key: String) async -> CheckLine {
        guard let signer = configuration.attachments.objectURLs else {
            return await publicEndpoint(client, key: key)
        }
        return await DeliveryCheckup(signer: signer, key: key, probe: Self.probe).run()
    }

    private func publicEndpoint(_ client: S3Client, key: String) async -> CheckLine {
        let authority = (configuration.storage.publicEndpoint ?? configuration.storage.endpoint).authority
        let url = client.presignGet(key: key, expiresIn: .seconds(60))
        do {
            let curl = try CurlClient(configuration: configuration.storage.curl)
            let line = await fetch(url, with: curl, authority: authority)
            await curl.shutdown()
            return line
        } catch {
            return .bad("public URLs", "\(error.message)")
        }
    }

    private func fetch(_ url: String, with curl: CurlClient, authority: String) async -> CheckLine {
        do {
            let response = try await curl.send(CurlRequest(method: .get, url: url, totalTimeout: .seconds(20)))
            let bytes = try await response.body.collect(upTo: 64 * 1024)
            guard response.status == 200, Array(bytes.readableBytesView) == Self.probe else {
                return .bad(
                    "public URLs",
                    "\(authority) answers a presigned URL with \(response.status). Is s3.publicEndpoint this storage, "
                        + "and does a proxy in between leave Host and path alone?"
                )
            }
            return .good("public URLs", "a presigned URL of \(authority) works from here")
        } catch {
            return .bad("public URLs", "\(authority) cannot be reached: \(error.message). Set s3.publicEndpoint")
        }
    }

    private func clock(_ client: S3Client) async -> CheckLine {
        do {
            let offset = try await client.measureClockOffset().components.seconds
            guard abs(offset) <= 300 else {
                return .bad(
                    "clock",
                    "\(offset) s apart from the storage's; past 900 s it refuses everything. Synchronize both"
                )
            }
            return .good("clock", "\(offset) s apart from the storage's")
        } catch {
            return .bad("clock", "not compared: \(Self.advice(for: error))")
        }
    }

    private static func advice(for error: any Error) -> String {
        guard let error = error as? S3Error else { return "\(error)" }
        let hint =
            switch error.status {
            case 403: ". Check s3.accessKeyId, s3.secretAccessKey, s3.region and what the key may do"
            case 404: ". Check s3.bucket and s3.addressing; make the bucket if it does not exist"
            case nil: ". Check s3.endpoint, and that the storage runs"
            default: ""
            }
        return "\(error)\(hint)"
    }
}
