import S3

extension MigrationError {
    /// What a call on the source's side failed of; the location, or the store, is named.
    init(source error: S3Error, _ what: String) {
        switch error.code {
        case .preconditionFailed:
            self.init(.sourceChanged, "\(what) was changed while it was read", isTransient: true)
        case _ where error.isNotFound:
            self.init(.sourceMissing, "\(what) is not there")
        default:
            self.init(
                .sourceUnreadable,
                "\(what) cannot be read: \(error)",
                isTransient: error.isUnavailable,
                isUnasked: error.code == .circuitOpen
            )
        }
    }

    /// What a call on the target's side failed of; the key is named.
    init(target error: S3Error, _ key: String) {
        switch error.code {
        case _ where error.isForAFolder:
            self.init(.targetTaken, "\(key)\(FolderKeys.advice) (\(error))")
        case _ where error.code.text == "MetadataTooLarge":
            self.init(.invalidArgument, "the target does not take the metadata of \(key): \(error)")
        case .accessDenied, .invalidAccessKeyID, .signatureDoesNotMatch, .authorizationHeaderMalformed:
            self.init(.targetForbidden, "the target does not let \(key) be written: \(error)")
        case .keyTooLong, .invalidRequest, .invalidArgument, .entityTooLarge, .malformedXML:
            self.init(.invalidArgument, "the target does not take \(key): \(error)")
        case .checksumMismatch, .badDigest, .contentSHA256Mismatch, .sizeMismatch:
            self.init(.targetMismatch, "the target has not what was sent as \(key): \(error)", isTransient: true)
        case .noSuchUpload, .noSuchKey, .invalidPart, .preconditionFailed, .operationAborted:
            self.init(.targetMismatch, "the target has lost what was sent as \(key): \(error)", isTransient: true)
        case _ where error.isForWantOfRoom:
            self.init(.targetUnavailable, "the target has no room for \(key): \(error)", isTransient: true)
        default:
            let isForbidden = error.status == 403 || error.status == 401
            self.init(
                isForbidden ? .targetForbidden : .targetUnavailable,
                "\(key) cannot be written: \(error)",
                isTransient: error.isUnavailable,
                isUnasked: error.code == .circuitOpen
            )
        }
    }
}

extension S3Error {
    /// The storage says that it is full, or that a quota is: RFC 4918's 507, or a code of MinIO's or Ceph's.
    fileprivate var isForWantOfRoom: Bool {
        let codes = ["QuotaExceeded", "XMinioAdminBucketQuotaExceeded", "XMinioStorageFull"]
        return status == 507 || codes.contains(code.text)
    }

    /// The storage says that a file is where a folder would have to be, or a folder where the file: SeaweedFS, MinIO, Versity.
    var isForAFolder: Bool {
        let codes = [
            "ExistingObjectIsFile", "ExistingObjectIsDirectory", "XMinioParentIsObject",
            "XMinioObjectExistsAsDirectory",
            "ObjectParentIsFile",
        ]
        return codes.contains(code.text)
    }
}
