import Foundation
import Synchronization

/// A step at which a debug build can be made to die, so that tests see what the next process makes of it.
///
/// `SATCHEL_TEST_FAULT_POINT` names it; a number behind a colon is how often it is passed before. Release builds pass all of them.
package enum FaultPoint {
    /// Ends the process as `kill -9` would, where the environment names this point.
    package static func pass(_ name: String) {
        #if DEBUG
        guard let wanted, wanted.name == name, passed.withLock({ $0.bump() }) > wanted.passes else { return }
        kill(getpid(), SIGKILL)
        #endif
    }

    #if DEBUG
    private static let wanted: (name: String, passes: Int)? = {
        guard let text = ProcessInfo.processInfo.environment["SATCHEL_TEST_FAULT_POINT"] else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1)
        guard let name = parts.first else { return nil }
        return (String(name), parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    }()
    private static let passed = Mutex(0)
    #endif
}

#if DEBUG
extension Int {
    fileprivate mutating func bump() -> Int {
        self += 1
        return self
    }
}
#endif
