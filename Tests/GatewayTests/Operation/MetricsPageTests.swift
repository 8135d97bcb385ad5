import Attachments
import Catalog
import Foundation
import Gateway
import Media
import S3
import TestSupport
import Testing
import Yams

/// `/metrics` of a running gateway, and what is built on it.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct MetricsPageTests {
    private static func page(of gateway: GatewayHarness) async throws -> MetricsText {
        let response = try await RawHTTPRequest("GET", "/metrics").send(port: gateway.port)
        #expect(response.status == 200)
        #expect(response.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        let text = MetricsText(response.text)
        #expect(text.faults == [])
        return text
    }

    /// Something of everything: stored, refused and deleted files, reading, failing, a reload, maintenance.
    private static func makeTraffic(_ gateway: GatewayHarness) async throws {
        let film = gateway.form(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
        let stored = try await gateway.post(film)
        #expect(stored.status == 201)
        #expect(stored.json["status"] == "ready")
        #expect(try await gateway.post(gateway.form(document(byteCount: 6 << 20))).status == 201)
        #expect(try await gateway.post(film, as: "stranger").status == 403)
        let broken = gateway.form(fileName: "x.png", type: "image/png", [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0])
        #expect(try await gateway.post(broken).status == 201)
        #expect(try await gateway.send("GET", "/messages/\(gateway.messageID)/").status == 200)
        #expect(try await gateway.send("GET", "/messages/\(gateway.messageID)/", as: nil).status == 401)
        #expect(try await gateway.send("PATCH", "/messages/\(gateway.messageID)/").status == 405)
        #expect(try await gateway.send("GET", "/nothing/at/\(gateway.messageID)").status == 404)
        let id = try #require(stored.json["id"]?.text)
        #expect(try await gateway.send("DELETE", "/attachments/\(id)/").status == 200)
        let isGone = try await gateway.eventually { try await gateway.storage.listObjects().count == 2 }
        #expect(isGone)
        let maintenance = MaintenanceSwitch(databasePath: gateway.configuration.databasePath)
        try maintenance.turnOn()
        let isRefused = try await gateway.eventually {
            try await gateway.sendAsService("PUT", "/conversations/\(UUID())/").status == 503
        }
        #expect(isRefused)
        try maintenance.turnOff()
    }

    @Test func `what happened is what the page says`() async throws {
        try await GatewayHarness.run(configure: { $0.metrics.isEnabled = true }) { gateway in
            try await Self.makeTraffic(gateway)
            let page = try await Self.page(of: gateway)
            let clipBytes = try clip(seconds: 1).count
            #expect(page.value("satchel_uploads_total", ["kind": "video", "outcome": "stored"]) == 1)
            #expect(page.value("satchel_uploads_total", ["kind": "document", "outcome": "stored"]) == 1)
            #expect(page.value("satchel_uploads_total", ["kind": "image", "outcome": "stored"]) == 1)
            #expect(page.value("satchel_uploads_total", ["kind": "audio", "outcome": "failed"]) == 0)
            #expect(page.value("satchel_upload_bytes_total", ["kind": "document"]) == Double(6 << 20))
            let videoBytes = try #require(page.value("satchel_upload_bytes_total", ["kind": "video"]))
            // ffmpeg does not make the same bytes twice, but nearly as many.
            #expect(abs(videoBytes - Double(clipBytes)) < 4096)
            #expect(page.value("satchel_thumbnails_made_total") == 1)
            #expect(page.value("satchel_media_probe_duration_seconds_count") == 1)
            #expect(page.value("satchel_media_thumbnail_duration_seconds_count") == 1)
            #expect(page.value("satchel_worker_jobs_total") == 2)
            #expect(page.value("satchel_worker_deaths_total", ["reason": "crash"]) == 0)
            let failures = page.samples.filter { $0.name == "satchel_thumbnails_failed_total" }.map(\.value)
            #expect(failures.reduce(0, +) == 1)
            let refused = page.samples
                .filter { $0.name == "satchel_uploads_total" && $0.labels["outcome"] == "refused" }.map(\.value)
            #expect(refused.reduce(0, +) == 1)
            #expect(page.value("satchel_stored_files", ["kind": "document"]) == 1)
            #expect(page.value("satchel_stored_bytes", ["kind": "document"]) == Double(6 << 20))
            #expect(page.value("satchel_stored_files", ["kind": "video"]) == 0)
            #expect(page.value("satchel_spool_bytes") == 0)
            #expect(page.value("satchel_spool_quota_bytes") == Double(10 << 30))
            #expect(page.value("satchel_s3_circuit_open") == 0)
            #expect(page.value("satchel_jobs", ["kind": "process", "state": "waiting"]) == 0)
            // The one that asks; those before take a moment to be closed on this side too.
            let isAlone = try await gateway.eventually {
                try await Self.page(of: gateway).value("satchel_http_connections") == 1
            }
            #expect(isAlone)
            // 6 MiB in parts of 5 MiB.
            let parts = ["operation": "UploadPart", "outcome": "success"]
            #expect(page.value("satchel_s3_call_duration_seconds_count", parts) == 2)
            let writes = try #require(page.value("satchel_database_writes_total", ["outcome": "committed"]))
            #expect(writes > 3)
            #expect(page.value("satchel_database_writes_total", ["outcome": "busy"]) == 0)
            let resident = try #require(page.value("process_resident_memory_bytes"))
            #expect(resident > 1_048_576)
        }
    }

    @Test func `requests are counted by route, method and class of status, and no label is a path`() async throws {
        try await GatewayHarness.run(configure: { $0.metrics.isEnabled = true }) { gateway in
            try await Self.makeTraffic(gateway)
            let page = try await Self.page(of: gateway)
            let name = "satchel_http_request_duration_seconds_count"
            let upload = "/api/chat/upload"
            let message = "/api/chat/messages/{id}"
            #expect(page.value(name, ["route": upload, "method": "POST", "status": "2xx"]) == 3)
            #expect(page.value(name, ["route": upload, "method": "POST", "status": "4xx"]) == 1)
            #expect(page.value(name, ["route": message, "method": "GET", "status": "2xx"]) == 1)
            #expect(page.value(name, ["route": message, "method": "GET", "status": "4xx"]) == 1, "without a token")
            #expect(page.value(name, ["route": message, "method": "refused", "status": "4xx"]) == 1)
            #expect(page.value(name, ["route": "unmatched", "method": "any", "status": "4xx"]) == 1)
            let texts = page.samples.flatMap { $0.labels.values }
            #expect(!texts.contains { $0.contains(gateway.messageID.uuidString.lowercased()) })
            #expect(!texts.contains("ann"))
        }
    }

    @Test func `a histogram's buckets grow up to its count, and every line belongs to a family`() async throws {
        try await GatewayHarness.run(configure: { $0.metrics.isEnabled = true }) { gateway in
            try await Self.makeTraffic(gateway)
            let page = try await Self.page(of: gateway)
            for sample in page.samples {
                let family = page.family(of: sample.name)
                #expect(family != nil, "\(sample.name)")
                #expect(page.helps.contains(family ?? ""), "\(sample.name)")
            }
            var last: [String: Double] = [:]
            for sample in page.samples where sample.name.hasSuffix("_bucket") {
                var labels = sample.labels
                let limit = labels.removeValue(forKey: "le")
                let series = "\(sample.name)\(labels.sorted { $0.key < $1.key })"
                #expect(sample.value >= last[series, default: 0], "\(series)")
                last[series] = sample.value
                guard limit == "+Inf" else { continue }
                let count = page.value(String(sample.name.dropLast("_bucket".count)) + "_count", labels)
                #expect(sample.value == count, "\(series)")
            }
        }
    }

    @Test func `it is served only where it is wanted`() async throws {
        try await GatewayHarness.run { gateway in
            let status = try await RawHTTPRequest("GET", "/metrics").send(port: gateway.port).status
            #expect(status == 404)
        }
        try await GatewayHarness.run(configure: { configuration in
            configuration.metrics = MetricsConfiguration(isEnabled: true, port: 0)
        }) { gateway in
            #expect(try await RawHTTPRequest("GET", "/metrics").send(port: gateway.port).status == 404)
            let isListening = try await gateway.eventually { gateway.server.metricsPort != nil }
            #expect(isListening)
            let port = try #require(gateway.server.metricsPort)
            #expect(port != gateway.port)
            let response = try await RawHTTPRequest("GET", "/metrics").send(port: port)
            #expect(response.status == 200)
            #expect(MetricsText(response.text).value("satchel_maintenance") == 0)
            #expect(try await RawHTTPRequest("GET", "/healthz").send(port: port).status == 404)
        }
    }

    // MARK: - What is built on it

    @Test func `every metric, label and value that alerts and dashboard ask for is on the page`() async throws {
        let alerts = try Self.alerts()
        let panels = try Self.panels()
        #expect(alerts.count >= 15)
        #expect(panels.count >= 30)
        try await GatewayHarness.run(configure: { $0.metrics.isEnabled = true }, reloaded: { _ in }) { gateway in
            try await Self.makeTraffic(gateway)
            let isTaken = await gateway.server.reloadConfiguration()
            #expect(isTaken)
            let page = try await Self.page(of: gateway)
            for (place, text) in alerts + panels {
                let expression = try #require(PromQLExpression(text), "\(place): \(text)")
                #expect(!expression.selections.isEmpty, "\(place)")
                Self.expect(expression, on: page, place: place)
            }
        }
    }

    /// What Prometheus itself adds to each series.
    private static let targetLabels: Set<String> = ["instance", "job"]

    private static func expect(_ expression: PromQLExpression, on page: MetricsText, place: String) {
        var known = targetLabels
        for selection in expression.selections {
            let samples = page.samples.filter { $0.name == selection.metric }
            #expect(!samples.isEmpty, "\(place): there is no \(selection.metric)")
            let labels = Set(samples.flatMap(\.labels.keys))
            known.formUnion(labels)
            for matcher in selection.matchers {
                #expect(labels.contains(matcher.label), "\(place): \(selection.metric) has no label \(matcher.label)")
                guard matcher.comparison == "=" || matcher.comparison == "=~" else { continue }
                let possible = Set(samples.compactMap { $0.labels[matcher.label] })
                    .union(possibleValues(of: matcher.label, metric: selection.metric))
                for value in matcher.value.split(separator: "|").map(String.init) {
                    #expect(possible.contains(value), "\(place): \(matcher.label) is never \(value)")
                }
            }
        }
        #expect(expression.groupings.isSubset(of: known), "\(place): \(expression.groupings)")
    }

    /// Of histograms only what has occurred is on the page.
    private static func possibleValues(of label: String, metric: String) -> [String] {
        switch (label, metric) {
        case ("status", _): ["1xx", "2xx", "3xx", "4xx", "5xx"]
        case ("outcome", _) where metric.hasPrefix("satchel_s3_call"): S3Outcome.allCases.map(\.rawValue)
        case ("operation", _): S3Operation.allCases.map(\.rawValue)
        default: []
        }
    }

    private static func file(_ path: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    private static func alerts() throws -> [(place: String, expression: String)] {
        let rules = try YAMLDecoder().decode(AlertFile.self, from: file("config/prometheus/alerts.yml"))
        let alerts = rules.groups.flatMap(\.rules)
        #expect(Set(alerts.map(\.alert)).count == alerts.count)
        for alert in alerts {
            #expect(["critical", "warning"].contains(alert.labels["severity"]), "\(alert.alert)")
            #expect(Set(alert.annotations.keys) == ["summary", "description"], "\(alert.alert)")
        }
        return alerts.map { (place: $0.alert, expression: $0.expr) }
    }

    private static func panels() throws -> [(place: String, expression: String)] {
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: Data(file("config/grafana/satchel.json").utf8))
        #expect(Set(dashboard.panels.map(\.id)).count == dashboard.panels.count)
        return dashboard.panels.flatMap { panel in
            (panel.targets ?? []).map { (place: panel.title, expression: $0.expr) }
        }
    }

    @Test func `the page on metrics names each of them with its kind, and no other`() async throws {
        let text = try Self.file("docs/metrics.md")
        var described: [String: String] = [:]
        for match in text.matches(of: #/\| `([a-z0-9_]+)` \| (counter|gauge|histogram) \|/#) {
            described[String(match.1)] = String(match.2)
        }
        try await GatewayHarness.run(configure: { $0.metrics.isEnabled = true }) { gateway in
            let page = try await Self.page(of: gateway)
            #expect(described == page.types)
        }
    }
}

private struct AlertFile: Decodable {
    struct Group: Decodable {
        let name: String
        let rules: [Rule]
    }

    struct Rule: Decodable {
        let alert: String
        let expr: String
        let labels: [String: String]
        let annotations: [String: String]
    }

    let groups: [Group]
}

private struct Dashboard: Decodable {
    struct Panel: Decodable {
        let id: Int
        let title: String
        let targets: [Target]?
    }

    struct Target: Decodable {
        let expr: String
    }

    let panels: [Panel]
}
