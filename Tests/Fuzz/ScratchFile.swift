import Glibc

/// One file without a name that holds the present input, for code that reads by descriptor.
enum ScratchFile {
    private static let descriptor: Int32 = {
        guard let file = tmpfile() else { fatalError("No temporary file can be made.") }
        return fileno(file)
    }()

    /// The descriptor, with these bytes and no others in the file.
    static func holding(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, data, count, 0) == count else {
            fatalError("The temporary file cannot be written.")
        }
        return descriptor
    }
}
