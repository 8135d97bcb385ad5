import Attachments
import Curl
import Glibc
import S3

/// Why a command on the bucket failed, in one line that says what to do.
package struct StorageFault: Error, Sendable, CustomStringConvertible {
    /// The line; nothing secret is in it.
    package let description: String

    /// Puts any error into a line; one that is a `StorageFault` already stays what it is.
    package init(_ error: any Error) {
        switch error {
        case let fault as StorageFault:
            self = fault
        case let error as S3Error:
            self.init(line: Self.isInterruption(error) ? "interrupted" : "\(error)\(Self.advice(for: error))")
        case is CancellationError:
            self.init(line: "interrupted")
        default:
            self.init(line: "\(error)")
        }
    }

    /// A fault of its own words.
    package init(line: String) {
        description = TerminalText.line(line)
    }

    /// What the system refused to do with a file.
    init(file path: String, _ refusal: String, errorNumber: Int32) {
        self.init(line: "\(path) \(refusal): \(String(cString: strerror(errorNumber)))")
    }

    private static func isInterruption(_ error: S3Error) -> Bool {
        if case .transport(.cancelled) = error.code { true } else { false }
    }

    private static func advice(for error: S3Error) -> String {
        switch error.code {
        case .accessDenied, .invalidAccessKeyID, .signatureDoesNotMatch, .authorizationHeaderMalformed:
            ". Check s3.accessKeyId, s3.secretAccessKey, s3.region and what the key may do"
        case .noSuchBucket:
            ". Check s3.bucket and s3.addressing; make the bucket if it does not exist"
        case .noSuchKey:
            ". Look for the key with: satchel s3 ls"
        case .noSuchUpload:
            ". Look for the upload with: satchel s3 multipart ls"
        case .requestTimeTooSkewed:
            ". Synchronize the clocks of this machine and of the storage"
        case .permanentRedirect, .temporaryRedirect:
            ". Set s3.endpoint and s3.region to where the bucket lives"
        case .invalidRange:
            ". Ask for the object's size with: satchel s3 head"
        case .slowDown, .serviceUnavailable, .circuitOpen:
            ". Try again later"
        case .bodyUnreadable:
            ". Leave the file alone while it is sent, and try again"
        case .transport(.tls):
            ". Set s3.certificateAuthorityFile where the authority is your own"
        case .transport:
            ". Check s3.endpoint, and that the storage runs"
        default:
            ". satchel check may tell more"
        }
    }
}
