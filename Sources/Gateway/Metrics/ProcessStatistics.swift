import Glibc

/// What the kernel says of this process (proc(5)); zero for what it does not say.
struct ProcessStatistics {
    /// In bytes.
    var residentMemory: Int64 = 0
    /// Processor time, in seconds: of user and system together.
    var processorSeconds: Double = 0
    var openDescriptors: Int64 = 0
    var maxDescriptors: Int64 = 0
    /// In seconds since 1970.
    var startTime: Double = 0

    static func current() -> ProcessStatistics {
        var statistics = ProcessStatistics()
        let ticks = Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        // The program's name stands in parentheses and may hold anything, so what follows it is counted from its end.
        let fields = text(ofFile: "/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        if fields.count > 21 {
            // Fields 14, 15, 22 and 24 of the manual page, which counts from 1 and has two before the parenthesis's end.
            statistics.processorSeconds = ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / ticks
            statistics.startTime = bootTime + (Double(fields[19]) ?? 0) / ticks
            statistics.residentMemory = (Int64(fields[21]) ?? 0) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        }
        statistics.openDescriptors = descriptorCount
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            statistics.maxDescriptors = Int64(clamping: limit.rlim_cur)
        }
        return statistics
    }

    /// When the machine was started, in seconds since 1970.
    private static var bootTime: Double {
        for line in text(ofFile: "/proc/stat").split(separator: "\n") where line.hasPrefix("btime ") {
            return Double(line.dropFirst("btime ".count)) ?? 0
        }
        return 0
    }

    private static var descriptorCount: Int64 {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count: Int64 = 0
        while readdir(folder) != nil { count += 1 }
        // Not ".", not "..", and not the folder itself.
        return max(count - 3, 0)
    }

    private static func text(ofFile path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
