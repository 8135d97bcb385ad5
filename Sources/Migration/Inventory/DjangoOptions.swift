package import Foundation

/// How the rows of a Django project are to be read.
package struct DjangoOptions: Sendable, Equatable {
    /// The time zone of times that are stored without one: the project's `TIME_ZONE` where `USE_TZ` is off, else UTC.
    package var timeZone: TimeZone
    /// Users are called by the name that the user table has for their id, as where tokens carry names; else by the id itself.
    package var usesNames: Bool
    /// What a role column says of an administrator, in any case; everybody else is a member.
    package var adminRoles: Set<String>

    /// Makes options; those of a project with `USE_TZ` on and tokens that carry ids.
    package init(
        timeZone: TimeZone = .gmt,
        usesNames: Bool = false,
        adminRoles: Set<String> = ["admin", "owner", "1", "t", "true"]
    ) {
        self.timeZone = timeZone
        self.usesNames = usesNames
        self.adminRoles = adminRoles
    }
}
