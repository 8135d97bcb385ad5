import CConfine
import CProcess
import Glibc
import Synchronization
import Testing

/// The confinement by itself, in processes of their own.
///
/// A process that is confined can hardly say anything: it tells what it found by its exit status.
struct ConfinementTests {
    @Test func `unconfined, each way out is open, so that an attempt can tell`() async {
        await #expect(processExitsWith: .success) {
            let attempts = [
                SATCHEL_OPEN_FOR_READING, SATCHEL_OPEN_FOR_WRITING, SATCHEL_READ_LINK, SATCHEL_LOOK_AT_FILE,
                SATCHEL_MAKE_SOCKET, SATCHEL_START_PROCESS, SATCHEL_START_THREAD, SATCHEL_SIGNAL_PARENT,
                SATCHEL_MAP_EXECUTABLE, SATCHEL_MAKE_MEMORY_FILE, SATCHEL_RAISE_LIMIT,
            ]
            endLike {
                for (index, attempt) in attempts.enumerated() {
                    guard satchel_try(attempt, getppid()) == 0 else { return Int32(index) + 10 }
                }
                // These lead nowhere by intention: what counts is that the call is let through.
                guard satchel_try(SATCHEL_START_PROGRAM, getppid()) == ENOENT else { return 3 }
                guard satchel_try(SATCHEL_REMOVE_FILE, getppid()) == ENOENT else { return 4 }
                guard satchel_try(SATCHEL_CONNECT, getppid()) == ECONNREFUSED else { return 5 }
                return 0
            }
        }
    }

    @Test func `sealed, every attempt is refused by the filter`() async {
        await #expect(processExitsWith: .success) {
            endLike {
                guard confine() == 0, satchel_seal() == 0 else { return 3 }
                for number in 0...SATCHEL_RAISE_LIMIT.rawValue {
                    let error = satchel_try(satchel_attempt(rawValue: number), parentOfChildren)
                    guard error == EPERM else { return Int32(number) + 10 }
                }
                return 0
            }
        }
    }

    @Test func `a thread that was there before the filter is under it too`() async {
        await #expect(processExitsWith: .success) {
            endLike {
                guard confine() == 0 else { return 3 }
                var thread = pthread_t()
                guard pthread_create(&thread, nil, tryToBreakOut, nil) == 0 else { return 4 }
                while threadState.load(ordering: .sequentiallyConsistent) != 1 { sched_yield() }
                guard satchel_seal() == 0 else { return 5 }
                threadState.store(2, ordering: .sequentiallyConsistent)
                while threadState.load(ordering: .sequentiallyConsistent) == 2 { sched_yield() }
                return threadState.load(ordering: .sequentiallyConsistent) == 3 ? 0 : 6
            }
        }
    }

    @Test(.enabled(if: satchel_landlock_version() > 0, "this kernel has no Landlock"))
    func `Landlock alone denies files, programs, TCP and signals`() async {
        await #expect(processExitsWith: .success) {
            let version = satchel_landlock_version()
            let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            endLike {
                guard connection >= 0, confine() == 0 else { return 3 }
                guard mkdir("/tmp/satchel-never-made", 0o700) == -1, errno == EACCES else { return 4 }
                guard execv("/bin/true", [nil]) == -1, errno == EACCES else { return 5 }
                if version >= 4 {
                    guard connectToPort9(connection) == EACCES else { return 6 }
                }
                if version >= 6 {
                    guard kill(parentOfChildren, 0) == -1, errno == EPERM else { return 7 }
                }
                // The limit is there as well: no descriptor is left to open anything with.
                guard open("/etc/passwd", O_RDONLY) == -1, errno == EMFILE else { return 8 }
                return 0
            }
        }
    }

    #if arch(x86_64)
    @Test func `a call of another architecture's kind ends the process`() async {
        await #expect(processExitsWith: .exitCode(100 + SIGSYS)) {
            endLike {
                guard confine() == 0, satchel_seal() == 0 else { return 3 }
                // getpid as x32 numbers it.
                _ = systemCall(0x4000_0000 | 39)
                return 4
            }
        }
    }
    #endif

    @Test func `an abort is still seen as one, and a signal to another process is not sent`() async {
        await #expect(processExitsWith: .exitCode(100 + SIGABRT)) {
            endLike {
                guard confine() == 0, satchel_seal() == 0 else { return 3 }
                guard satchel_try(SATCHEL_SIGNAL_PARENT, parentOfChildren) == EPERM else { return 4 }
                abort()
            }
        }
    }

    @Test func `a process whose parent is another than it should be is not confined`() async {
        await #expect(processExitsWith: .success) {
            endLike {
                var limits = satchel_confinement(
                    address_space_bytes: 0,
                    cpu_seconds: 0,
                    output_bytes: 0,
                    parent: getpid()
                )
                return satchel_confine(&limits) == ESRCH ? 0 : 3
            }
        }
    }

    @Test func `a confined process dies with its parent`() async {
        await #expect(processExitsWith: .success) {
            var pair: [Int32] = [-1, -1]
            guard satchel_packet_pair(&pair) == 0 else { exit(3) }
            let parent = satchel_fork()
            if parent == 0 {
                close(pair[0])
                let own = getpid()
                if satchel_fork() == 0 {
                    var limits = satchel_confinement(
                        address_space_bytes: 0,
                        cpu_seconds: 0,
                        output_bytes: 0,
                        parent: own
                    )
                    guard satchel_confine(&limits) == 0, satchel_seal() == 0 else { _exit(4) }
                    _ = write(pair[1], "x", 1)
                    while true { sched_yield() }
                }
                while true { sleep(1) }
            }
            close(pair[1])
            var byte: UInt8 = 0
            guard read(pair[0], &byte, 1) == 1 else { exit(5) }
            kill(parent, SIGKILL)
            // Both ends of the pair are gone when the last of the two is.
            exit(read(pair[0], &byte, 1) == 0 ? 0 : 6)
        }
    }

    @Test func `descriptors are counted, be their numbers large`() async throws {
        await #expect(processExitsWith: .success) {
            endLike {
                let before = satchel_count_descriptors()
                let null = open("/dev/null", O_RDONLY)
                guard fcntl(null, F_DUPFD, 900) >= 900 else { return 3 }
                return satchel_count_descriptors() == before + 2 ? 0 : 4
            }
        }
    }
}

/// Where a test's second thread is: 1 runs, 2 may go on, 3 was refused, 4 was not.
private let threadState = Atomic(0)

/// The process that `endLike` is called in.
private let parentOfChildren = getpid()

/// Ends this process with the status of a child that does `body`; with 100 and its signal where one ended it.
///
/// The child has a single thread: those of the test's own process would stumble over what is taken from them.
private func endLike(_ body: () -> Int32) -> Never {
    // Made here: two threads of a confined child would wait for each other's first look at them by a call that it may not make.
    _ = parentOfChildren
    _ = threadState.load(ordering: .sequentiallyConsistent)
    let child = satchel_fork()
    if child == 0 { _exit(body()) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    exit(signal == 0 ? status >> 8 & 0xFF : 100 + signal)
}

private func confine() -> Int32 {
    var limits = satchel_confinement(address_space_bytes: 0, cpu_seconds: 0, output_bytes: 0, parent: parentOfChildren)
    return satchel_confine(&limits)
}

/// What the second thread does: waits for its word, tries, and tells.
private func tryToBreakOut(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    threadState.store(1, ordering: .sequentiallyConsistent)
    while threadState.load(ordering: .sequentiallyConsistent) != 2 { sched_yield() }
    let errors = [SATCHEL_OPEN_FOR_READING, SATCHEL_START_PROCESS].map { satchel_try($0, 1) }
    threadState.store(errors == [EPERM, EPERM] ? 3 : 4, ordering: .sequentiallyConsistent)
    return nil
}

/// The errno of connecting to a port of this machine where nobody listens.
private func connectToPort9(_ socket: Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(9).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let answer = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, length) }
    }
    return answer == 0 ? 0 : errno
}

/// syscall(2) without arguments, which has no Swift spelling.
private func systemCall(_ number: Int) -> Int {
    typealias Function = @convention(c) (Int) -> Int
    guard let symbol = dlsym(nil, "syscall") else { return -1 }
    // Sound: the number is a word in a register on all machines that Swift runs on under Linux.
    return unsafeBitCast(symbol, to: Function.self)(number)
}
