import Catalog
import Foundation
import Synchronization
import TestSupport
import Testing

struct DatabaseLockTests {
    /// A descriptor that is closed twice may be somebody else's the second time.
    @Test(.timeLimit(.minutes(2)))
    func `a lock that is refused closes nothing that is not its own`() async {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            let path = directory.file("catalog.sqlite")
            let holder = try Catalog.open(path: path, exclusively: true)
            let isOver = Atomic(false)
            let opener = Thread {
                while !isOver.load(ordering: .relaxed) {
                    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    usleep(20)
                    guard close(descriptor) == 0 else { exit(3) }
                }
            }
            opener.start()
            for _ in 0..<5_000 {
                do throws(CatalogError) {
                    _ = try Catalog.open(path: path, exclusively: true)
                    exit(4)
                } catch {
                    guard error.code == .inUse else { exit(5) }
                }
            }
            isOver.store(true, ordering: .relaxed)
            try holder.close()
        }
    }
}
