import Crypto
import Foundation
import NIOSSL
import Synchronization

/// The files that a server proves itself with, in PEM.
package struct TLSFiles: Sendable, Equatable {
    /// The server's certificate, and behind it those that lead to an authority that clients know.
    package var certificate: String
    /// The private key of the first certificate, without a passphrase.
    package var key: String

    /// Names the files.
    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Why the files cannot be used; the text is for the operator and tells nothing of the key.
package struct TLSFault: Error, Sendable, CustomStringConvertible {
    /// What is wrong with which file.
    package let description: String
}

/// The certificate and the key that new connections get; those that are open keep what they began with.
///
/// Files are replaced one after the other: between the two they do not belong together, and then what was in force stays.
final class TLSCertificates: Sendable {
    private struct Loaded {
        let context: NIOSSLContext
        let end: Int64?
    }

    private struct State {
        var files: TLSFiles
        var loaded: Loaded
        /// Of what is in force; the key itself is not kept.
        var fingerprint: SHA256Digest
    }

    private let state: Mutex<State>

    /// Reads the files.
    init(_ files: TLSFiles) throws(TLSFault) {
        let contents = try Contents(files)
        let loaded = try Self.load(contents, files)
        state = Mutex(State(files: files, loaded: loaded, fingerprint: contents.fingerprint))
    }

    /// What a new connection takes.
    var context: NIOSSLContext { state.withLock { $0.loaded.context } }

    /// When the certificate ends, in seconds since 1970.
    var end: Int64? { state.withLock { $0.loaded.end } }

    /// Reads the files anew, or others in their place; answers whether something has changed, and is in force now.
    ///
    /// Throws where they cannot be used.
    @discardableResult
    func reload(_ others: TLSFiles? = nil) throws(TLSFault) -> Bool {
        let before = state.withLock { $0 }
        let files = others ?? before.files
        let contents = try Contents(files)
        let fingerprint = contents.fingerprint
        guard files != before.files || fingerprint != before.fingerprint else { return false }
        let loaded = try Self.load(contents, files)
        state.withLock { $0 = State(files: files, loaded: loaded, fingerprint: fingerprint) }
        return true
    }

    private static func load(_ contents: Contents, _ files: TLSFiles) throws(TLSFault) -> Loaded {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(contents.certificate)
        } catch {
            throw TLSFault(description: "\(files.certificate) holds no certificate in PEM")
        }
        guard let own = chain.first else {
            throw TLSFault(description: "\(files.certificate) holds no certificate in PEM")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(bytes: contents.key, format: .pem)
        } catch {
            throw TLSFault(description: "\(files.key) holds no private key in PEM that needs no passphrase")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return Loaded(context: try NIOSSLContext(configuration: configuration), end: Int64(own.notValidAfter))
        } catch {
            throw TLSFault(description: "\(files.key) is not the key of the certificate in \(files.certificate)")
        }
    }
}

private struct Contents {
    let certificate: [UInt8]
    let key: [UInt8]

    init(_ files: TLSFiles) throws(TLSFault) {
        certificate = try Self.read(files.certificate)
        key = try Self.read(files.key)
    }

    var fingerprint: SHA256Digest {
        var hash = SHA256()
        hash.update(data: certificate)
        hash.update(data: [0])
        hash.update(data: key)
        return hash.finalize()
    }

    private static func read(_ path: String) throws(TLSFault) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TLSFault(description: "\(path) cannot be read")
        }
        return [UInt8](data)
    }
}
