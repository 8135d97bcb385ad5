package import Foundation
import GRDB

extension Catalog {
    /// A message that was not taken over, and why.
    package struct RefusedMessage: Sendable, Equatable {
        /// The message.
        package let id: UUID
        /// Why; holds no stored values.
        package let reason: String

        /// Makes a value.
        package init(id: UUID, reason: String) {
            self.id = id
            self.reason = reason
        }
    }
}
