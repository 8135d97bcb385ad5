import Logging
import ServiceLifecycle

/// Looks every few seconds whether the files of the certificate were replaced.
///
/// It compares what is in them: whoever renews certificates may write them in place, rename new files over them, or turn a
/// link to another folder.
struct CertificateWatch: Service {
    let certificates: TLSCertificates
    let logger: Logger
    var interval = Duration.seconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var lastFault: String?
            while (try? await Task.sleep(for: interval)) != nil {
                let fault = look()
                // Once, and not at every look.
                if let fault, fault != lastFault {
                    logger.warning("The certificate stays as it was", metadata: ["error": .string(fault)])
                }
                lastFault = fault
            }
        }
    }

    /// What is wrong with the files; nil where they can be used.
    private func look() -> String? {
        do throws(TLSFault) {
            if try certificates.reload() { logger.notice("New connections get the new certificate") }
            return nil
        } catch {
            return error.description
        }
    }
}
