import Foundation

extension StrictReader {
    /// The files of the server's certificate; nil where it speaks in the clear.
    mutating func tlsFiles() async -> TLSFiles? {
        let certificate = await readableFile(.serverTLSCertificateFile)
        let key = await readableFile(.serverTLSKeyFile)
        switch (certificate, key) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key)
        case (_?, nil):
            report(
                ConfigurationFault(
                    .serverTLSKeyFile,
                    "is required beside \(ConfigurationKey.serverTLSCertificateFile.rawValue)"
                )
            )
        case (nil, _?):
            report(
                ConfigurationFault(
                    .serverTLSCertificateFile,
                    "is required beside \(ConfigurationKey.serverTLSKeyFile.rawValue)"
                )
            )
        }
        return nil
    }

    mutating func metrics() async -> MetricsConfiguration {
        let isEnabled = await boolean(.metricsEnabled, default: false)
        let host = await text(.metricsHost, default: MetricsConfiguration().host)
        guard let text = await text(.metricsPort) else { return MetricsConfiguration(isEnabled: isEnabled, host: host) }
        let port = integer(text, of: ConfigurationKey.metricsPort.rawValue, in: 0...65_535)
        return MetricsConfiguration(isEnabled: isEnabled, host: host, port: port)
    }

    private mutating func readableFile(_ key: ConfigurationKey) async -> String? {
        guard let path = await text(key) else { return nil }
        if !FileManager.default.isReadableFile(atPath: path) {
            report(ConfigurationFault(key, value: path, "cannot be read"))
        }
        return path
    }
}
