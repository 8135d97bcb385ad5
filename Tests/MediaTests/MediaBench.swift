import Glibc
import Media
import TestSupport

/// Fixtures, and a runner on the real worker.
struct MediaBench {
    let fixtures: MediaFixtures
    let runner: MediaRunner

    init(workerPath: String = WorkerBinary.path) throws {
        fixtures = try MediaFixtures()
        runner = MediaRunner(workerPath: workerPath)
    }

    /// Does something with a bench, and ends its worker in any case.
    static func with<Value>(
        workerPath: String = WorkerBinary.path,
        _ body: (MediaBench) async throws -> Value
    ) async throws -> Value {
        let bench = try MediaBench(workerPath: workerPath)
        do {
            let value = try await body(bench)
            await bench.runner.shutdown()
            return value
        } catch {
            await bench.runner.shutdown()
            throw error
        }
    }

    func run(
        _ path: String,
        _ operation: MediaRequest.Operation = .process,
        renditions: [RenditionSpecification] = [.thumbnail],
        limits: MediaLimits = MediaLimits()
    ) async throws -> MediaResult {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw MediaFixtureError(message: "no file to run") }
        defer { close(descriptor) }
        return await runner.run(
            MediaRequest(operation: operation, renditions: renditions, limits: limits),
            file: descriptor
        )
    }
}
