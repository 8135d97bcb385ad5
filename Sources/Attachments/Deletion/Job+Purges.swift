import Catalog
import Foundation

extension Job {
    /// The lines of the activity log that tell that objects of this deletion are gone; none where that is told already.
    func purges(of keys: [String], at date: Date = Date()) -> [Activity] {
        guard let cause else { return [] }
        return keys.map { key in
            Activity(
                userID: userID,
                action: .filePurged,
                description: "Purged an object that nothing referred to",
                attachmentID: ObjectKey.attachmentID(of: key),
                cause: cause,
                objectKey: key,
                occurredAt: date
            )
        }
    }
}
