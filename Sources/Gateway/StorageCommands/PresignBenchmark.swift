import Attachments
package import S3
import SigV4

/// Measures what a presigned URL costs; nothing is sent.
package struct PresignBenchmark: Sendable {
    /// What was measured.
    package struct Outcome: Sendable, Encodable {
        /// How many URLs of each sort were made.
        package let count: Int
        /// Microseconds for a URL as clients get it, with the type and the file name that the storage shall answer with.
        package let microseconds: Double
        /// Microseconds for a URL without those.
        package let plainMicroseconds: Double
        /// The length of a URL as clients get it, in bytes.
        package let urlBytes: Int

        private enum CodingKeys: String, CodingKey {
            case count
            case microseconds = "microseconds_per_url"
            case plainMicroseconds = "microseconds_per_plain_url"
            case urlBytes = "url_bytes"
        }
    }

    private static let rounds = 10
    private let storage: S3Client
    private let key: String
    private let countPerRound: Int

    /// Prepares a measurement over some `count` URLs of one key.
    package init(storage: S3Client, key: String, count: Int) {
        self.storage = storage
        self.key = key
        countPerRound = max(1, count / Self.rounds)
    }

    /// Makes the URLs; the figures are the medians of ten rounds.
    package func run() -> Outcome {
        let disposition = ContentDisposition.inline(fileName: "video.mp4")
        var full: [Duration] = []
        var plain: [Duration] = []
        var byteCount = 0
        for _ in 0..<Self.rounds {
            full.append(
                time {
                    // As the gateway does it: the time is looked up for each.
                    let url = storage.presignGet(
                        key: key,
                        expiresIn: .seconds(900),
                        at: storage.now.flooredToWindow(seconds: 300),
                        responseContentType: "video/mp4",
                        responseContentDisposition: disposition
                    )
                    byteCount += url.utf8.count
                }
            )
            plain.append(time { _ = storage.presignGet(key: key, expiresIn: .seconds(900)) })
        }
        let count = countPerRound * Self.rounds
        return Outcome(
            count: count,
            microseconds: microseconds(full),
            plainMicroseconds: microseconds(plain),
            urlBytes: byteCount / count
        )
    }

    private func time(_ work: () -> Void) -> Duration {
        let began = ContinuousClock.now
        for _ in 0..<countPerRound { work() }
        return began.duration(to: .now)
    }

    private func microseconds(_ rounds: [Duration]) -> Double {
        let sorted = rounds.sorted()
        return sorted[sorted.count / 2] / Duration.microseconds(1) / Double(countPerRound)
    }
}
