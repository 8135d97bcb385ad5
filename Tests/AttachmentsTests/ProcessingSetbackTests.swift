import Catalog
import Curl
import Media
import S3
import Testing

@testable import Attachments

struct ProcessingSetbackTests {
    private func storageError(_ code: S3ErrorCode, status: Int? = nil) -> S3Error {
        S3Error(code: code, status: status, message: "", operation: "GetObject")
    }

    @Test func `what lies outside of the file is tried again without end`() {
        let errors: [any Error] = [
            SpoolError.full,
            SpoolError.unusable("no descriptor is left"),
            UnsweptRendition(),
            CatalogError(code: .busy, message: ""),
            CatalogError(code: .full, message: ""),
            CatalogError(code: .cannotOpen, message: ""),
            MediaFailure(.workerUnavailable, ""),
            MediaFailure(.confinementFailed, ""),
            MediaFailure(.unreadable, ""),
            storageError(.transport(.couldNotConnect)),
            storageError(.transport(.tls)),
            storageError(.transport(.other)),
            storageError(.slowDown, status: 503),
            storageError(.internalError, status: 500),
            storageError(.accessDenied, status: 403),
            storageError(.other("ExpiredToken"), status: 403),
            storageError(.signatureDoesNotMatch, status: 403),
            storageError(.requestTimeTooSkewed, status: 403),
            storageError(.noSuchBucket, status: 404),
            storageError(.permanentRedirect, status: 301),
        ]
        for error in errors {
            #expect(Setback(error) == .temporary, "\(error)")
        }
    }

    @Test func `what may lie in the file or in its row is tried a limited number of times`() {
        let errors: [any Error] = [
            storageError(.noSuchKey, status: 404),
            storageError(.invalidRequest, status: 400),
            storageError(.transport(.bodyTooLarge)),
            CatalogError(code: .constraint, message: ""),
            CatalogError(code: .corrupt, message: ""),
            MediaFailure(.crashed, ""),
            MediaFailure(.timedOut, ""),
            AttachmentError(.internalError, ""),
        ]
        for error in errors {
            #expect(Setback(error) == .unexpected, "\(error)")
        }
    }

    @Test func `what found no room to wait in was not begun`() {
        #expect(Setback(MediaQueueFull()) == .interruption)
    }

    @Test func `a shutdown is an interruption, whatever error it shows itself as`() async {
        let errors: [any Error] = [
            CancellationError(),
            MediaFailure(.cancelled, ""),
            storageError(.transport(.cancelled)),
            storageError(.transport(.closed)),
        ]
        for error in errors {
            #expect(Setback(error) == .interruption, "\(error)")
        }
        let lost = storageError(.noSuchKey, status: 404)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return Setback(lost)
        }
        #expect(await task.value == .interruption)
    }
}
