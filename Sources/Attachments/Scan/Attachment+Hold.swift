package import Catalog

extension Attachment {
    /// Throws `scan_pending` while a scanner is still to look the file through, `quarantined` where it did not let it pass.
    package func requireDelivery() throws(AttachmentError) {
        switch hold {
        case nil: break
        case .scan:
            throw AttachmentError(
                .scanPending,
                "This file is still to be scanned, and is not handed out before that; try again.",
                retryAfter: .seconds(2)
            )
        case .infected:
            let reason = failureReason ?? AttachmentHold.infected.rawValue
            throw AttachmentError(.quarantined, "This file did not pass the scan (\(reason)) and is not kept.")
        }
    }
}
