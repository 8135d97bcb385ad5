/// What a migration would do, found out without writing anything anywhere but in a scratch file.
package struct MigrationPlan: Sendable, Codable, Equatable {
    /// An object among the largest.
    package struct Object: Sendable, Codable, Equatable {
        /// Where it is in the source.
        package var location: String
        /// The length in bytes.
        package var byteCount: Int64

        /// Makes a value.
        package init(location: String, byteCount: Int64) {
            self.location = location
            self.byteCount = byteCount
        }
    }

    /// How long it will take at least, and how that was found.
    ///
    /// Nothing is written for it: how fast the target takes bytes is not in it.
    package struct Estimate: Sendable, Codable, Equatable {
        /// The time for all that is to be moved.
        package var seconds: Double
        /// Bytes a second, as measured or given.
        package var bytesPerSecond: Double
        /// Objects a second, as measured; nil where a rate was given.
        package var objectsPerSecond: Double?
        /// Requests a second that the target answered; nil where none was asked.
        package var answersPerSecond: Double?
        /// The limit that the run will have, in bytes a second, of what is read, copied and read back; nil where it has none.
        package var maxBytesPerSecond: Int64?
        /// How much was read to find out.
        package var sample: MigrationTotals.Amount

        /// Makes a value.
        package init(
            seconds: Double,
            bytesPerSecond: Double,
            objectsPerSecond: Double?,
            answersPerSecond: Double? = nil,
            maxBytesPerSecond: Int64? = nil,
            sample: MigrationTotals.Amount
        ) {
            self.seconds = seconds
            self.bytesPerSecond = bytesPerSecond
            self.objectsPerSecond = objectsPerSecond
            self.answersPerSecond = answersPerSecond
            self.maxBytesPerSecond = maxBytesPerSecond
            self.sample = sample
        }
    }

    /// Conversations in the source.
    package var conversations: Int64 = 0
    /// Places of users in conversations.
    package var participants: Int64 = 0
    /// Messages.
    package var messages: Int64 = 0
    /// Attachments.
    package var attachments: Int64 = 0
    /// Attachments that the catalog knows already.
    package var knownAttachments: Int64 = 0
    /// All objects, those that are in the target already among them.
    package var objects = MigrationTotals.Amount()
    /// Objects that the target has already, with their length.
    package var present = MigrationTotals.Amount()
    /// Originals by kind (`image`, `video`, `audio`, `document`, `other`), renditions as `rendition`, bare objects as `bare`.
    package var kinds: [String: MigrationTotals.Amount] = [:]
    /// Objects by media type; those of which it is not known as `unknown`.
    package var mediaTypes: [String: MigrationTotals.Amount] = [:]
    /// The largest objects, the largest first.
    package var largest: [Object] = []
    /// Files of new attachments that are larger than the scanner is given, and will be refused for that.
    package var tooLargeToScan = MigrationTotals.Amount()
    /// How large a file is that is still given to the scanner, in bytes; nil where no larger one is refused.
    package var maxScannedByteCount: Int64?
    /// How many complaints there are, by kind.
    package var complaintCounts: [MigrationComplaint.Kind: Int64] = [:]
    /// The first complaints of each kind.
    package var complaints: [MigrationComplaint] = []
    /// Nil where nothing could be measured.
    package var estimate: Estimate?

    /// An empty plan.
    package init() {}

    /// There is nothing at all: more likely the wrong place was named.
    package var isEmpty: Bool {
        objects.objects + conversations + messages + attachments == 0 && complaintCounts.isEmpty
    }

    /// There is nothing to complain of, and nothing will be refused.
    package var isWithoutFault: Bool {
        complaintCounts.values.allSatisfy { $0 == 0 } && tooLargeToScan.objects == 0
    }

    /// What is still to be moved.
    package var remaining: MigrationTotals.Amount {
        MigrationTotals.Amount(objects: objects.objects - present.objects, bytes: objects.bytes - present.bytes)
    }
}

// In JSON the counts by kind are an object.
extension MigrationComplaint.Kind: CodingKeyRepresentable {}
