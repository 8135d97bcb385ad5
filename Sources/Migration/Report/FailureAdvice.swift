extension MigrationError.Code {
    /// What the failure is called in lists and reports.
    package var title: String {
        switch self {
        case .sourceMissing: "not in the source"
        case .sourceUnreadable: "cannot be read"
        case .sourceChanged: "changed while it was read, or after it had arrived"
        case .digestMismatch: "other bytes than the inventory says"
        case .targetTaken: "the key is taken by something else"
        case .targetForbidden: "the target refuses"
        case .targetUnavailable: "the target does not answer, or fails"
        case .targetMismatch: "stored otherwise than sent"
        case .recordRefused: "the catalog does not take the record"
        case .inventoryUnreadable: "the inventory cannot be read"
        case .journal: "the journal cannot be used"
        case .outputUnwritable: "a local file cannot be written"
        case .invalidArgument: "an argument or a setting cannot be used"
        }
    }

    /// What the operator does about it.
    package var advice: String {
        switch self {
        case .sourceMissing:
            "Look for the file where the source's backup is, put it back under its old name, and run `satchel storage "
                + "retry`. Where it is lost, so it was before: its attachment stays without bytes until it is deleted."
        case .sourceUnreadable:
            "Give the user of this command the right to read the file (or the key the right to GetObject), or repair the "
                + "disk; then `satchel storage retry`."
        case .sourceChanged:
            "Something writes to the source: make it read-only for the old system, then give the same command again. What was "
                + "overwritten after it had arrived keeps the bytes of then as an attachment: put the old file back, or leave it "
                + "at that with `satchel storage retry --keep-arrived`, and upload the new one where it is wanted."
        case .digestMismatch:
            "The file is damaged, or the inventory is of another time. Put the right file back, or take the digest out of "
                + "the manifest if the file is right; then `satchel storage retry`."
        case .targetTaken:
            "Look at what is there with `satchel s3 head KEY`. Nothing is overwritten: move it away, or take another prefix, "
                + "then `satchel storage retry`. Where it is a file that was pruned since, the target has the only copy of it: give "
                + "the new file of that name another, or migrate it under another prefix, with a journal of its own."
        case .targetForbidden:
            "The key of the target lacks rights: PutObject, GetObject, ListMultipartUploadParts and AbortMultipartUpload "
                + "at least. `satchel check --bucket` shows which; then run the same command again."
        case .targetUnavailable:
            "Look at the target (`satchel check`). Where it answers, its own code and words say what it lacks: one that is full, or "
                + "over a quota, says so, or speaks of an internal error. When it takes files again, run the same command again."
        case .targetMismatch:
            "The target gave back something else than was sent. Look at its disks and at what stands between; "
                + "`satchel check --bucket` measures it. The object is sent again by `satchel storage retry`."
        case .recordRefused:
            "The catalog has another attachment under this id, or none any more. The message says which; mend the record at "
                + "the source, then `satchel storage retry`. Where the database is full or busy, make room and run the same command."
        case .inventoryUnreadable:
            "Give a database, an export or a manifest that can be read whole; the message says where it breaks."
        case .journal:
            "Name the journal of this migration with --journal, or a new file for another one. One process at a time may "
                + "have it. Where it cannot be written, make room or give the right; then the same command goes on."
        case .outputUnwritable:
            "Nothing is lost but that file: make room, give the right, or name another place, then run the same command again."
        case .invalidArgument:
            "The message says which and what would be right."
        }
    }
}
