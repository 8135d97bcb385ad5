import Foundation
import Glibc
import NIOCore

/// Where the bytes of a download go.
///
/// A file takes its name when it is whole: what breaks off leaves the old one as it was. What is there already and no
/// ordinary file (a device, a pipe, a link) is written to as it is.
struct DownloadTarget: Sendable {
    /// The path that means the standard output.
    static let standardOutput = "-"

    private let descriptor: Int32
    private let path: String
    /// The unfinished file; nil where the bytes go to their place at once.
    private let partialPath: String?

    init(path: String) throws(StorageFault) {
        self.path = path
        guard path != Self.standardOutput else {
            descriptor = STDOUT_FILENO
            partialPath = nil
            return
        }
        if FileOnDisk.isSpecial(path) {
            partialPath = nil
            descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        } else {
            let partialPath = "\(path).\(UUID().uuidString.prefix(8)).part"
            self.partialPath = partialPath
            descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        }
        guard descriptor >= 0 else { throw StorageFault(file: path, "cannot be written", errorNumber: errno) }
    }

    func write(_ chunk: ByteBuffer) throws(StorageFault) {
        let errorNumber = chunk.withUnsafeReadableBytes { bytes -> Int32 in
            var rest = bytes[...]
            while !rest.isEmpty {
                let remaining = UnsafeRawBufferPointer(rebasing: rest)
                let count = Glibc.write(descriptor, remaining.baseAddress, remaining.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : EIO }
                rest = rest.dropFirst(count)
            }
            return 0
        }
        guard errorNumber == 0 else { throw StorageFault(file: path, "cannot be written", errorNumber: errorNumber) }
    }

    /// Everything is written; to be called once, and `abandon` not after it.
    func finish() throws(StorageFault) {
        guard descriptor != STDOUT_FILENO else { return }
        var isDone = close(descriptor) == 0
        if let partialPath {
            isDone = isDone && rename(partialPath, path) == 0
        }
        guard isDone else {
            let fault = StorageFault(file: path, "cannot be written", errorNumber: errno)
            if let partialPath { unlink(partialPath) }
            throw fault
        }
    }

    /// Nothing more will come.
    func abandon() {
        guard descriptor != STDOUT_FILENO else { return }
        close(descriptor)
        if let partialPath { unlink(partialPath) }
    }
}
