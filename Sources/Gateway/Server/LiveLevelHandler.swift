import Attachments
import Logging

/// Hands lines to another handler, from a level on that can be exchanged while loggers use it.
///
/// A logger is a value, and each request has a copy of its own: what changes the level of all of them lies outside.
///
/// It keeps the metadata until a line is written: the handler of text would spell out all of it again each time a request
/// adds to its own.
struct LiveLevelHandler<Base: LogHandler>: LogHandler {
    private var base: Base
    private let level: LiveValue<Logger.Level>
    /// What this one logger was set to.
    private var own: Logger.Level?
    var metadata: Logger.Metadata

    init(_ base: Base, level: LiveValue<Logger.Level>) {
        self.base = base
        self.level = level
        metadata = base.metadata
    }

    var logLevel: Logger.Level {
        get { own ?? level.current }
        set { own = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var event = event
        event.metadata = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        base.log(event: event)
    }
}
