import Glibc
import Media
import TestSupport
import Testing

/// Uploads that try to make the demuxer open something else.
struct HostileMediaTests {
    @Test(arguments: ["playlist.mp4", "playlist.m3u8", "playlist.webm"])
    func `a playlist opens no file and no connection`(_ name: String) async throws {
        try await MediaBench.with { bench in
            let canary = try FileCanary(try bench.fixtures.video("canary.mp4"))
            let port = try PortCanary()
            for url in [
                "canary.mp4", canary.path, "file://\(canary.path)", "http://127.0.0.1:\(port.number)/x.ts",
                "tcp://127.0.0.1:\(port.number)", "subfile,,start,0,end,0,,:\(canary.path)", "concat:\(canary.path)",
            ] {
                let path = try bench.fixtures.playlist(name, segment: url)
                let result = try await bench.run(path)
                #expect(result.failure?.code == "unsupported_format")
                #expect(result.thumbnail == nil)
            }
            #expect(!canary.wasTouched)
            #expect(!port.wasTouched)
        }
    }

    @Test(arguments: [true, false])
    func `a concat script opens no file`(_ isRelative: Bool) async throws {
        try await MediaBench.with { bench in
            let canary = try FileCanary(try bench.fixtures.video("canary.mp4"))
            let script = try bench.fixtures.concatScript("script.mp4", file: isRelative ? "canary.mp4" : canary.path)
            let result = try await bench.run(script)
            #expect(result.failure?.code == "unsupported_format")
            #expect(!canary.wasTouched)
        }
    }

    @Test func `the canaries do sing`() throws {
        let fixtures = try MediaFixtures()
        let canary = try FileCanary(try fixtures.write([1], to: "canary"))
        #expect(!canary.wasTouched)
        close(open(canary.path, O_RDONLY))
        #expect(canary.wasTouched)
    }
}

/// Notices when a file is opened.
private final class FileCanary {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = inotify_init()
        guard descriptor >= 0, inotify_add_watch(descriptor, path, UInt32(IN_OPEN)) >= 0 else {
            throw MediaFixtureError(message: "no watch on the canary")
        }
    }

    deinit {
        close(descriptor)
    }

    var wasTouched: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }
}

/// Notices when somebody connects to a port of this machine.
private final class PortCanary {
    let number: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = descriptor
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(listening, generic, length) == 0, listen(listening, 8) == 0,
                    getsockname(listening, generic, &length) == 0
                else { return nil }
                return pointer.pointee.sin_port.bigEndian
            }
        }
        guard let port else { throw MediaFixtureError(message: "no port for the canary") }
        number = port
    }

    deinit {
        close(descriptor)
    }

    var wasTouched: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }
}
