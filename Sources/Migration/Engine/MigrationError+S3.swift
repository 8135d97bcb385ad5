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
            self.init(.sourceUnreadable, "\(what) cannot be read: \(error)", isTransient: error.isUnavailable)
        }
    }

    /// What a call on the target's side failed of; the key is named.
    init(target error: S3Error, _ key: String) {
        switch error.code {
        case .accessDenied, .invalidAccessKeyID, .signatureDoesNotMatch, .authorizationHeaderMalformed:
            self.init(.targetForbidden, "the target does not let \(key) be written: \(error)")
        case .keyTooLong, .invalidRequest, .invalidArgument, .entityTooLarge, .malformedXML:
            self.init(.invalidArgument, "the target does not take \(key): \(error)")
        case .checksumMismatch, .badDigest, .contentSHA256Mismatch, .sizeMismatch:
            self.init(.targetMismatch, "the target has not what was sent as \(key): \(error)", isTransient: true)
        case .noSuchUpload, .noSuchKey, .invalidPart, .preconditionFailed, .operationAborted:
            self.init(.targetMismatch, "the target has lost what was sent as \(key): \(error)", isTransient: true)
        default:
            let isForbidden = error.status == 403 || error.status == 401
            self.init(
                isForbidden ? .targetForbidden : .targetUnavailable,
                "\(key) cannot be written: \(error)",
                isTransient: error.isUnavailable
            )
        }
    }
}
