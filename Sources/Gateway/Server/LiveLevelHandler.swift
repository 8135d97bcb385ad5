import Attachments
import Logging

/// Hands lines to another handler, from a level on that can be exchanged while loggers use it.
///
/// A logger is a value, and each request has a copy of its own: what changes the level of all of them lies outside.
struct LiveLevelHandler<Base: LogHandler>: LogHandler {
    private var base: Base
    private let level: LiveValue<Logger.Level>
    /// What this one logger was set to.
    private var own: Logger.Level?

    init(_ base: Base, level: LiveValue<Logger.Level>) {
        self.base = base
        self.level = level
    }

    var logLevel: Logger.Level {
        get { own ?? level.current }
        set { own = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        base.log(event: event)
    }
}
