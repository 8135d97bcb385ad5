import Foundation
import S3
import TestSupport
import Testing

extension TortureTests {
    /// Uploads of all kinds while every tenth call of the storage fails.
    @Suite struct MixedUploadTests {
        @Test(arguments: S3TestServer.available)
        func `sixty uploads over a failing storage leave the bucket as the catalog says`(
            server: S3TestServer
        ) async throws {
            let counts = try await run(on: server, uploadCount: 60, byteCounts: 1024...(12 << 20))
            // Enough for most ways of failing to have had a turn.
            #expect(counts.faults.count >= 6, "\(counts.faults)")
        }

        @Test(
            .enabled(if: TortureTests.uploadCount != nil, "SATCHEL_TORTURE_UPLOADS says how many"),
            arguments: S3TestServer.available
        )
        func `as many uploads as asked for leave the bucket as the catalog says`(server: S3TestServer) async throws {
            let uploadCount = try #require(TortureTests.uploadCount)
            _ = try await run(on: server, uploadCount: uploadCount, byteCounts: 1024...(40 << 20), prints: true)
        }

        private func run(
            on server: S3TestServer,
            uploadCount: Int,
            byteCounts: ClosedRange<Int>,
            prints: Bool = false
        ) async throws -> FaultProxyCounts {
            let files = try TortureFiles(byteCounts: byteCounts)
            let plan = FaultPlan()
            var counts = FaultProxyCounts()
            try await TortureTests.withProxiedGateway(
                on: server,
                decision: { plan.fault(for: $0) },
                { proxy, gateway, ledger in
                    let client = try await gateway.tortureClient()
                    let outcomes = await upload(files, count: uploadCount, by: client)
                    if prints { Self.print(outcomes, proxy.counts, of: server) }
                    expectClean(outcomes)
                    let differences = try await ledger.settle(gateway.catalog)
                    #expect(differences == [])
                    expectStored(outcomes, try await ledger.storedFiles(in: gateway.catalog))
                    counts = proxy.counts
                }
            )
            return counts
        }

        /// Eight at a time, in the order of their ends.
        private func upload(_ files: TortureFiles, count: Int, by client: TortureClient) async -> [UploadOutcome] {
            await withTaskGroup(of: UploadOutcome.self) { group in
                var outcomes: [UploadOutcome] = []
                for number in 0..<count {
                    if number >= 8, let outcome = await group.next() { outcomes.append(outcome) }
                    group.addTask { await client.upload(files.file(number: number)) }
                }
                for await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
        }

        private func expectClean(_ outcomes: [UploadOutcome]) {
            for outcome in outcomes {
                switch outcome.answer {
                case .stored, .refused: continue
                case .unclean(let words), .lost(let words): Issue.record("\(outcome.fileName): \(words)")
                }
            }
        }

        /// What was acknowledged is kept as it was sent, and what was refused is not kept.
        private func expectStored(_ outcomes: [UploadOutcome], _ files: [StoredFile]) {
            var sent: [UUID: String] = [:]
            for outcome in outcomes {
                if case .stored(let id) = outcome.answer { sent[id] = outcome.sha256 }
            }
            #expect(!files.isEmpty)
            #expect(Set(files.map(\.id)) == Set(sent.keys))
            for file in files {
                #expect(file.storedSHA256 == file.recordedSHA256, "\(file.name)")
                #expect(file.storedSHA256 == sent[file.id], "\(file.name)")
                #expect(!file.hasFailed, "\(file.name)")
            }
        }

        private static func print(_ outcomes: [UploadOutcome], _ counts: FaultProxyCounts, of server: S3TestServer) {
            let endings = Dictionary(grouping: outcomes, by: \.answer.name).mapValues(\.count)
            Swift.print(
                "torture: \(server.rawValue): \(outcomes.count) uploads; \(counts.requestCount) S3 calls, \(counts.faultCount) failed"
            )
            for (title, table) in [("uploads", endings), ("faults", counts.faults), ("calls", counts.operations)] {
                for (name, count) in table.sorted(by: { $0.key < $1.key }) {
                    Swift.print("torture: \(title): \(name) \(count)")
                }
            }
        }
    }
}
