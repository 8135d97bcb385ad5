import Synchronization

/// A value that can be exchanged while others use it.
///
/// Who reads it takes a copy, and goes by that to the end of what it does.
package final class LiveValue<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    /// Makes a place that holds the value.
    package init(_ value: Value) {
        self.value = Mutex(value)
    }

    /// What holds now.
    package var current: Value { value.withLock { $0 } }

    /// Puts another value in the place of the present one.
    package func replace(_ new: Value) {
        value.withLock { $0 = new }
    }
}
