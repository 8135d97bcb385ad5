package import CProcess
import Glibc

/// How the worker's server is started.
package enum WorkerLaunch {
    /// Memory comes from a heap that grows by 16 MiB in huge pages, large blocks included.
    ///
    /// A decoded picture is some thousand small pages else, each of which is a fault of a job that lives for milliseconds.
    /// What is resolved at the start need not be in each job (ld.so(8); GNU C Library manual, "Memory Allocation Tunables").
    private static let tuning = [
        "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.top_pad=16777216",
        "LD_BIND_NOW=1",
    ]

    /// Its environment, as `NAME=value`: nothing but what the dynamic loader and malloc read, before any code of the
    /// worker's.
    private static var environment: [String] {
        // Its own libraries may need it.
        guard let libraryPath = getenv("LD_LIBRARY_PATH") else { return tuning }
        return tuning + ["LD_LIBRARY_PATH=" + String(cString: libraryPath)]
    }

    /// Starts the server, a process group of its own, with a socket as its standard input; answers 0 or an errno.
    package static func spawn(_ path: String, standardInput: Int32, pid: inout pid_t) -> Int32 {
        let environment: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("satchel-worker"), nil]
        defer { (environment + arguments).forEach { free($0) } }
        return satchel_spawn(path, arguments, environment, standardInput, &pid)
    }
}
