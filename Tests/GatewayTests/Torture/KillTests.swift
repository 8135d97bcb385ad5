import Catalog
import Foundation
import Gateway
import S3
import TestSupport
import Testing

extension TortureTests {
    /// The gateway is killed in the midst of uploads, again and again.
    @Suite(.enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"))
    struct KillTests {
        @Test(arguments: S3TestServer.available)
        func `a gateway that is killed loses no acknowledged upload and leaves nothing of others`(
            server: S3TestServer
        ) async throws {
            let stage = try await KillStage(on: server)
            let killCount = TortureTests.killCount
            let clients = Task { await stage.stream.run(clientCount: 6) }
            defer {
                stage.stream.end()
                stage.gateway.kill()
            }
            let isBusy = try await TortureTests.comesTrue { stage.stream.tally.acknowledged.count >= 6 }
            #expect(isBusy)
            var checkedCount = 0
            for kill in 1...killCount {
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...2000)))
                stage.gateway.kill()
                if kill == killCount {
                    // After the last start nothing new comes, so that what was left shows.
                    stage.stream.end()
                    await clients.value
                }
                try await stage.gateway.start()
                // Rows that go missing do not come back: those found before are looked for at the end again.
                let acknowledged = stage.stream.tally.acknowledged
                try await expectFound(acknowledged.dropFirst(checkedCount), stage)
                checkedCount = acknowledged.count
            }
            let files = try await checkWhatIsLeft(stage)
            let tally = stage.stream.tally
            print(
                "torture: \(server.rawValue): \(killCount) kills; \(tally.acknowledged.count) uploads acknowledged,",
                "\(tally.lostCount) cut off, \(tally.refused.count) refused; \(files.count) files stored"
            )
        }

        private func checkWhatIsLeft(_ stage: KillStage) async throws -> [StoredFile] {
            let tally = stage.stream.tally
            let catalog = try Catalog.open(path: stage.databasePath)
            let leftovers = try await stage.ledger.settle(catalog, whileMediaWorks: true)
            #expect(leftovers == [])
            // Media jobs that were cut off are made up for; after many kills that takes a while.
            let differences = try await stage.ledger.settle(catalog, within: .seconds(600))
            #expect(differences == [])
            let files = try await stage.ledger.storedFiles(in: catalog)
            try catalog.close()
            await stage.ledger.storage.shutdown()
            try await expectFound(tally.acknowledged[...], stage)
            #expect(Set(files.map(\.id)).isSuperset(of: tally.acknowledged))
            for file in files {
                #expect(file.storedSHA256 == file.recordedSHA256, "\(file.name)")
                #expect(file.storedSHA256 == tally.sent[file.name], "\(file.name)")
            }
            // An upload may be stored whole whose answer was cut off, but never one that was refused.
            #expect(Set(files.map(\.name)).isDisjoint(with: tally.refused))
            #expect(tally.unclean == [])
            return files
        }

        private func expectFound(_ ids: ArraySlice<UUID>, _ stage: KillStage) async throws {
            for id in ids {
                let status = await stage.client.status(ofAttachment: id)
                #expect(status == 200, "\(id); the gateway's last words: \(stage.gateway.lastWords)")
            }
        }
    }
}

/// A gateway process over a bucket of its own, with one message, and the clients that upload to it.
private struct KillStage {
    let directory: TemporaryDirectory
    let gateway: GatewayProcess
    let client: TortureClient
    let stream: UploadStream
    let ledger: StorageLedger

    var databasePath: String { directory.file("catalog.sqlite") }

    /// Starts the gateway and tells it of the message.
    init(on server: S3TestServer) async throws {
        let storage = try await server.configuration(bucket: try await server.makeBucket())
        let directory = try TemporaryDirectory()
        let messageID = UUID.version7()
        gateway = try GatewayProcess(
            settings: storage.settings(and: [
                "database.path": directory.file("catalog.sqlite"),
                "spool.directory": directory.file("spool"),
                "s3.partMegabytes": "5",
                "auth.secret": GatewayHarness.secret,
                "log.level": "error",
            ])
        )
        self.directory = directory
        let issuer = await TokenIssuer(configuration: TokenConfiguration(secret: GatewayHarness.secret))
        client = TortureClient(
            port: gateway.port,
            token: try await issuer.token(userID: "ann", expiresIn: .seconds(86_400)),
            messageID: messageID
        )
        stream = UploadStream(files: try TortureFiles(byteCounts: 10_240...(12 << 20)), client: client)
        ledger = StorageLedger(
            storage: try S3Client(configuration: storage),
            messageID: messageID,
            spoolDirectory: directory.file("spool")
        )
        try await gateway.start()
        let service = try await issuer.token(userID: "backend", isService: true, expiresIn: .seconds(600))
        let conversationID = UUID.version7()
        try await put(
            "/conversations/\(conversationID)/",
            #"{"participants": [{"user_id": "ann", "role": "member"}]}"#,
            token: service
        )
        try await put(
            "/messages/\(messageID)/",
            #"{"conversation_id": "\#(conversationID)", "sender_id": "ann"}"#,
            token: service
        )
    }

    private func put(_ path: String, _ json: String, token: String) async throws {
        let headers = [(name: "Authorization", value: "Bearer \(token)")]
        let request = RawHTTPRequest("PUT", "/api/chat\(path)", headers: headers, body: Array(json.utf8))
        let response = try await request.send(port: gateway.port)
        guard (200...299).contains(response.status) else {
            throw HarnessError(description: "PUT \(path): \(response.status) \(response.text)")
        }
    }
}
