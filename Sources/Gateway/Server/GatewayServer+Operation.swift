import Attachments
import Foundation
import Hummingbird
import NIOPosix
import ServiceLifecycle

/// Why a part of a new configuration cannot be in force before the next start.
struct ReloadFault: Error, CustomStringConvertible {
    let description: String
}

// What an operator does to a running server, and sees of it.
extension GatewayServer {
    /// What a reload can change; see there.
    func registerReloads() {
        let (attachments, verifier, keySet, limits) = (attachments, verifier, keySet, limits)
        let started = self.configuration
        if let logLevel { reload.register("log level") { configuration in logLevel.replace(configuration.logLevel) } }
        reload.register("limits") { configuration in
            attachments.spoolQuotaBytes = configuration.attachments.spoolQuotaBytes
            attachments.limits.replace(UploadLimits(configuration.attachments))
            limits.replace(configuration.limits)
        }
        reload.register("keys") { configuration in
            guard configuration.tokens.keySetIsThat(of: started.tokens) else {
                throw ReloadFault(description: "auth.jwks… cannot be changed without a restart")
            }
            verifier.replace(try await TokenVerifier(configuration: configuration.tokens, keySet: keySet))
        }
        guard let certificates else { return }
        reload.register("certificate") { configuration in
            guard let files = configuration.listener.tls else {
                throw TLSFault(description: "TLS cannot be turned off without a restart")
            }
            try certificates.reload(files)
        }
    }

    /// What looks for changes from outside.
    func watches(handlesSignals: Bool) -> [any Service] {
        var services: [any Service] = [MaintenanceWatch(maintenance: maintenance, logger: logger)]
        if let certificates { services.append(CertificateWatch(certificates: certificates, logger: logger)) }
        if handlesSignals { services.append(ReloadSignals(reload: reload, notifier: notifier)) }
        return services
    }

    /// What tells the service manager.
    func reports(on loops: MultiThreadedEventLoopGroup, handlesSignals: Bool) -> [any Service] {
        guard handlesSignals, let notifier else { return [] }
        return [ServiceManagerReports(notifier: notifier, listeningPort: listeningPort, loops: loops)]
    }

    /// The port of the metrics, where they have one of their own.
    func listeners(on loops: MultiThreadedEventLoopGroup) -> [any Service] {
        guard let metricsPage, let port = configuration.metrics.port else { return [] }
        let listeningPort = metricsListeningPort
        return [
            metricsPage.application(host: configuration.metrics.host, port: port, on: loops, logger: logger) {
                listeningPort.settle($0)
            }
        ]
    }

    private var notifier: ServiceNotifier? { ServiceNotifier(environment: ProcessInfo.processInfo.environment) }
}
