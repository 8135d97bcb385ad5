import Curl
import S3

extension StorageSettings {
    /// The same settings for a command that has so many requests under way at once.
    package func forConnections(_ count: Int) -> StorageSettings {
        var settings = self
        settings.storage.curl.maxConnectionsPerHost = max(count, storage.curl.maxConnectionsPerHost)
        settings.storage.curl.maxIdleConnections = max(count, storage.curl.maxIdleConnections)
        return settings
    }
}
