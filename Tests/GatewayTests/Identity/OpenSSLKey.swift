import Foundation
import TestSupport

@testable import Gateway

/// A key pair of the `openssl` program, which also signs: another hand than the one that verifies.
final class OpenSSLKey: Sendable {
    enum Kind: String, CaseIterable {
        case rsa = "RSA"
        case p256 = "P-256"
        case p384 = "P-384"
        case p521 = "P-521"
        case ed25519 = "Ed25519"

        fileprivate var arguments: [String] {
            switch self {
            case .rsa: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
            case .p256, .p384, .p521: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:\(rawValue)"]
            case .ed25519: ["-algorithm", "ED25519"]
            }
        }

        /// The bytes of a coordinate, and of each of the two numbers of a signature.
        fileprivate var width: Int {
            switch self {
            case .p256, .ed25519: 32
            case .p384: 48
            case .p521: 66
            case .rsa: 0
            }
        }

        /// The algorithms that a key of the kind can sign with.
        var algorithms: [String] {
            switch self {
            case .rsa: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
            case .p256: ["ES256"]
            case .p384: ["ES384"]
            case .p521: ["ES512"]
            case .ed25519: ["EdDSA", "Ed25519"]
            }
        }
    }

    let kind: Kind
    /// The public key in PEM (`-----BEGIN PUBLIC KEY-----`).
    let publicPEM: String
    /// The private key in PEM.
    let privatePEM: String
    private let directory: TemporaryDirectory

    /// Makes a pair; `options` replace the kind's own.
    init(_ kind: Kind, options: [String]? = nil) throws {
        self.kind = kind
        directory = try TemporaryDirectory()
        let privateFile = directory.file("key.pem")
        _ = try Self.run(["genpkey", "-out", privateFile] + (options ?? kind.arguments))
        privatePEM = try String(contentsOfFile: privateFile, encoding: .utf8)
        publicPEM = String(decoding: try Self.run(["pkey", "-in", privateFile, "-pubout"]), as: UTF8.self)
    }

    // MARK: - Tokens

    /// A token with these claims, signed by this key as the algorithm says.
    func token(
        claims: String = #"{"sub":"ann","exp":1800000060}"#,
        algorithm: String? = nil,
        id: String? = nil
    ) throws -> String {
        let algorithm = algorithm ?? kind.algorithms[0]
        let name = id.map { #","kid":"\#($0)""# } ?? ""
        let header = SampleToken.encode(Array(#"{"alg":"\#(algorithm)","typ":"JWT"\#(name)}"#.utf8))
        let input = "\(header).\(SampleToken.encode(Array(claims.utf8)))"
        return "\(input).\(SampleToken.encode(try signature(of: Array(input.utf8), algorithm: algorithm)))"
    }

    private func signature(of bytes: [UInt8], algorithm: String) throws -> [UInt8] {
        let (key, input) = (directory.file("key.pem"), directory.file("input-\(UUID().uuidString)"))
        try Data(bytes).write(to: URL(fileURLWithPath: input))
        guard kind != .ed25519 else {
            return try Self.run(["pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", input])
        }
        var arguments = ["dgst", "-sha\(algorithm.suffix(3))", "-sign", key]
        if algorithm.hasPrefix("PS") {
            arguments += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        }
        let signature = try Self.run(arguments + [input])
        return kind == .rsa ? signature : try pair(of: signature)
    }

    /// The two numbers of an ECDSA signature in DER (RFC 3279 section 2.2.3), each at the curve's width (RFC 7518 section
    /// 3.4).
    private func pair(of der: [UInt8]) throws -> [UInt8] {
        var rest = der[...]
        func header() -> Int {
            rest = rest.dropFirst()
            let first = Int(rest.removeFirst())
            return first == 0x81 ? Int(rest.removeFirst()) : first
        }
        _ = header()
        var pair: [UInt8] = []
        for _ in 0..<2 {
            let length = header()
            let number = Array(rest.prefix(length).drop { $0 == 0 })
            rest = rest.dropFirst(length)
            guard number.count <= kind.width else { throw OpenSSLError(text: "a number wider than the curve") }
            pair += [UInt8](repeating: 0, count: kind.width - number.count) + number
        }
        return pair
    }

    // MARK: - Key sets

    /// The public key as a member of a key set (RFC 7517); further members are given as JSON.
    func jwk(id: String?, _ further: String = #""use":"sig""#) throws -> String {
        let name = id.map { #""kid":"\#($0)","# } ?? ""
        let tail = further.isEmpty ? "" : ",\(further)"
        return #"{\#(name)\#(try numbers())\#(tail)}"#
    }

    private func numbers() throws -> String {
        let key = directory.file("key.pem")
        guard kind != .rsa else {
            let text = String(decoding: try Self.run(["rsa", "-in", key, "-noout", "-modulus"]), as: UTF8.self)
            let digits = text.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst("Modulus=".count)
            let modulus = stride(from: 0, to: digits.count, by: 2)
                .compactMap { UInt8(digits.dropFirst($0).prefix(2), radix: 16) }
            // 65537, what openssl makes all keys with.
            return #""kty":"RSA","n":"\#(SampleToken.encode(modulus))","e":"AQAB""#
        }
        // The point is the end of the key's DER, whatever stands before it.
        let der = try Self.run(["pkey", "-in", key, "-pubout", "-outform", "DER"])
        let last = SampleToken.encode(der.suffix(kind.width))
        guard kind != .ed25519 else { return #""kty":"OKP","crv":"Ed25519","x":"\#(last)""# }
        let first = SampleToken.encode(der.suffix(2 * kind.width).dropLast(kind.width))
        return #""kty":"EC","crv":"\#(kind.rawValue)","x":"\#(first)","y":"\#(last)""#
    }

    /// What the program writes; throws what it complains of.
    ///
    /// Through files: the end of a pipe could be held by a child that another test starts at the same time.
    static func run(_ arguments: [String]) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let files = try ["output", "complaint"]
            .map { name in
                let path = directory.file(name)
                _ = FileManager.default.createFile(atPath: path, contents: nil)
                return (path: path, handle: try FileHandle(forWritingTo: URL(fileURLWithPath: path)))
            }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = files[0].handle
        process.standardError = files[1].handle
        try process.run()
        process.waitUntilExit()
        for file in files { try file.handle.close() }
        guard process.terminationStatus == 0 else {
            throw OpenSSLError(text: try String(contentsOfFile: files[1].path, encoding: .utf8))
        }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: files[0].path)))
    }
}

extension SampleToken {
    static func encode(_ bytes: ArraySlice<UInt8>) -> String { encode(Array(bytes)) }
}

struct OpenSSLError: Error, CustomStringConvertible {
    let text: String

    var description: String { "openssl: \(text)" }
}
