package import Attachments
import Foundation

extension ConfigurationSource {
    /// The rules for files that a migration brings, for the commands that do; nil where these are not to be scanned.
    ///
    /// They hold files back, and ask nobody: what a scanner is asked with is not read, and its file need not be readable to them.
    package func loadMigratedScan() async throws(ConfigurationFaults) -> ScanRules? {
        var reader = strictReader()
        let scanner = await reader.scannerAddress()
        let rules = await reader.scanRules()
        guard reader.faults.isEmpty else { throw ConfigurationFaults(faults: reader.faults) }
        return scanner != nil && rules.migrated == .scan ? rules : nil
    }
}

/// Where files are looked through.
private enum ScannerAddress {
    case clamd(ClamdAddress)
    case http(url: String)
}

extension StrictReader {
    /// Who looks files through; nil where nobody does.
    mutating func scanner() async -> ScannerConfiguration? {
        let secrets = await webhookSecrets(
            named: ConfigurationKey.scanHTTPSecret.rawValue,
            fileNamed: ConfigurationKey.scanHTTPSecretFile.rawValue
        )
        let timeout = await seconds(.scanTimeoutSeconds, default: 60, in: 1...3600)
        switch await scannerAddress() {
        case .clamd(let address):
            return ScannerConfiguration(kind: .clamd(address), timeout: timeout)
        case .http(let url):
            guard let secrets else {
                let reason = "is required with scan.httpURL (or set scan.httpSecretFile to a file)"
                report(ConfigurationFault(.scanHTTPSecret, reason))
                return nil
            }
            return ScannerConfiguration(kind: .http(url: url, secrets: secrets), timeout: timeout)
        case nil:
            return nil
        }
    }

    /// Where they are looked through; nil where they are not.
    fileprivate mutating func scannerAddress() async -> ScannerAddress? {
        let clamd = await text(.scanClamd)
        let url = await text(.scanHTTPURL)
        if clamd != nil, let url {
            let reason = "is set together with scan.clamd; set one of them"
            report(ConfigurationFault(.scanHTTPURL, value: url.contains("@") ? nil : url, reason))
        }
        if let clamd {
            guard let address = ClamdAddress(clamd) else {
                let reason = "is not an address like 127.0.0.1:3310 or unix:/run/clamav/clamd.ctl"
                report(ConfigurationFault(.scanClamd, value: clamd, reason))
                return nil
            }
            return .clamd(address)
        }
        guard let url else { return nil }
        if let reason = Self.fault(ofReceiver: url, allowsPrivate: true) {
            report(ConfigurationFault(.scanHTTPURL, value: url.contains("@") ? nil : url, reason))
        }
        return .http(url: url)
    }

    /// What is done about files that a scanner is to look through.
    mutating func scanRules() async -> ScanRules {
        ScanRules(
            maxBytes: await megabytes(.scanMaxMegabytes, default: 25, in: 1...4095),
            largerFiles: await choice(.scanLargerFiles, default: .refuse, allowed: ScanRules.LargerFiles.allCases),
            failsOpen: await boolean(.scanFailOpen, default: false),
            migrated: await choice(.scanMigrated, default: .scan, allowed: ScanRules.Migrated.allCases)
        )
    }
}
