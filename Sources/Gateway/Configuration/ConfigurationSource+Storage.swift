import Foundation
import SigV4

extension ConfigurationSource {
    /// What concerns the storage alone, for the commands that work on the bucket.
    package func loadStorage() async throws(ConfigurationFaults) -> StorageSettings {
        var reader = strictReader()
        // Nobody listens here: there is no client's connection that a stalled storage could outlast.
        let storage = await reader.storage(idleTimeout: .seconds(86_400))
        let partSizeBytes = await reader.partSizeBytes()
        let partsInFlight = await reader.partsInFlight()
        guard let storage, reader.faults.isEmpty else {
            throw ConfigurationFaults(faults: reader.faults)
        }
        return StorageSettings(storage: storage, partSizeBytes: partSizeBytes, partsInFlight: partsInFlight)
    }
}

extension StrictReader {
    /// The preferred size of a part, in bytes.
    mutating func partSizeBytes() async -> Int64 {
        await megabytes(.s3PartMegabytes, default: 8, in: 5...5120)
    }

    /// How many parts of one upload are sent at the same time.
    mutating func partsInFlight() async -> Int {
        await integer(.s3PartsInFlight, default: 3, in: 1...64)
    }

    /// A moment as ISO 8601 has it; nil where none is given.
    mutating func time(_ key: ConfigurationKey) async -> SigningTime? {
        guard let text = await text(key) else { return nil }
        // Foundation passes over whatever comes behind the zone.
        guard text.wholeMatch(of: /[-0-9]+T[0-9:.]+(Z|[-+][0-9:]+)/) != nil,
            let date = try? Date(text, strategy: .iso8601)
        else {
            report(ConfigurationFault(key, value: text, "is not a time such as 2027-01-15T08:00:00Z"))
            return nil
        }
        return SigningTime(secondsSinceEpoch: Int64(date.timeIntervalSince1970.rounded(.down)))
    }
}
