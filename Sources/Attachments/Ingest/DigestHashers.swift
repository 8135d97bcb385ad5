import Crypto

/// Several hash functions over one pass of the bytes.
struct DigestHashers: Sendable {
    private struct Running: Sendable {
        let algorithm: DigestAlgorithm
        var function: any HashFunction
    }

    private var running: [Running]

    init(_ algorithms: Set<DigestAlgorithm>) {
        running = algorithms.map { Running(algorithm: $0, function: $0.makeFunction()) }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for index in running.indices {
            running[index].function.update(bufferPointer: bytes)
        }
    }

    /// The digest of everything so far; nil by an algorithm that does not run.
    func digest(by algorithm: DigestAlgorithm) -> [UInt8]? {
        guard let found = running.first(where: { $0.algorithm == algorithm }) else { return nil }
        return Self.digest(of: found.function)
    }

    private static func digest(of function: some HashFunction) -> [UInt8] {
        Array(function.finalize())
    }
}

extension DigestAlgorithm {
    fileprivate func makeFunction() -> any HashFunction {
        switch self {
        case .md5: return Insecure.MD5()
        case .sha1: return Insecure.SHA1()
        case .sha256: return SHA256()
        case .sha512: return SHA512()
        }
    }
}
