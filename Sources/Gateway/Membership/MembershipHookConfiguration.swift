/// How the app is asked who takes part in which conversation, where it keeps that itself.
package struct MembershipHookConfiguration: Sendable {
    /// The absolute URL that is asked, without a query: https, or http on the loopback interface.
    package var url: String
    /// What the questions are signed with; known to the app and to nobody else.
    package var secret: String
    /// How long one question may take.
    package var timeout: Duration
    /// How long a yes is believed; zero asks each time.
    package var yesLifetime: Duration
    /// How long a no is believed; zero asks each time.
    package var noLifetime: Duration

    /// Makes a configuration with the documented defaults.
    package init(
        url: String,
        secret: String,
        timeout: Duration = .seconds(2),
        yesLifetime: Duration = .seconds(30),
        noLifetime: Duration = .seconds(5)
    ) {
        self.url = url
        self.secret = secret
        self.timeout = timeout
        self.yesLifetime = yesLifetime
        self.noLifetime = noLifetime
    }
}

extension MembershipHookConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL; never the secret.
    package var description: String { "MembershipHookConfiguration(url: \(url))" }

    /// The same as `description`.
    package var debugDescription: String { description }

    /// A mirror without the secret.
    package var customMirror: Mirror { Mirror(self, children: ["url": url], displayStyle: .struct) }
}
