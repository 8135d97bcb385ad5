import Foundation
import TestSupport
import Testing

@testable import Gateway

/// The limits of single routes as the operator says them.
struct RouteLimitConfigurationTests {
    private static let required = [
        "s3.endpoint=http://storage.example.com:8333", "s3.bucket=chat", "s3.accessKeyId=key",
        "s3.secretAccessKey=secret", "auth.secret=a token secret of 32 bytes or more.",
    ]

    private func load(
        _ settings: [String],
        environment: [String: String] = [:],
        file: String? = nil
    ) async throws -> RouteLimits {
        let all = Self.required + settings.map { "limits.routes.\($0)" }
        let source = await ConfigurationSource(file: file, overrides: all, environment: environment)
        return try await source.loadGateway().limits.rates.routes
    }

    private func faults(_ settings: [String], environment: [String: String] = [:]) async throws -> [String] {
        do {
            _ = try await load(settings, environment: environment)
            return []
        } catch let faults as ConfigurationFaults {
            return faults.faults.map(\.description)
        }
    }

    private func limit(
        _ name: String,
        _ route: String,
        _ perMinute: Int,
        _ per: RouteLimit.Partition
    ) throws -> RouteLimit {
        try #require(RouteLimit(name: name, route: route, perMinute: perMinute, per: per))
    }

    @Test func `nothing is limited by its route where nothing is said`() async throws {
        let limits = try await load([])
        #expect(limits == RouteLimits())
    }

    @Test func `limits come from the command line, the environment and the file together`() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("satchel.yaml")
        try """
        limits:
          routes:
            posts:
              route: POST /upload/
              perMinute: 30
            shared:
              route: GET /attachments/{id}/content/
              perMinute: 10
        """
        .write(toFile: file, atomically: true, encoding: .utf8)
        let limits = try await load(
            ["shared.per=all"],
            environment: [
                "SATCHEL_LIMITS_ROUTES_LISTS_ROUTE": "/attachments", "SATCHEL_LIMITS_ROUTES_LISTS_PER": "address",
                "SATCHEL_LIMITS_ROUTES_LISTS_PER_MINUTE": "7", "SATCHEL_LIMITS_ROUTES_POSTS_PER_MINUTE": "31",
            ],
            file: file
        )
        let expected = try [
            limit("lists", "GET /attachments/", 7, .address), limit("posts", "POST /upload/", 31, .user),
            limit("shared", "GET /attachments/{id}/content/", 10, .all),
        ]
        #expect(limits == RouteLimits(expected))
        withExtendedLifetime(directory) {}
    }

    @Test func `0 turns a limit off`() async throws {
        let limits = try await load(["posts.route=POST /upload/", "posts.perMinute=0"])
        #expect(limits == RouteLimits())
    }

    @Test func `one route may have several limits`() async throws {
        let limits = try await load([
            "mine.route=POST /upload/", "mine.perMinute=5", "ours.route=/upload/", "ours.perMinute=50", "ours.per=all",
        ])
        let expected = try [limit("mine", "POST /upload/", 5, .user), limit("ours", "POST /upload/", 50, .all)]
        #expect(limits == RouteLimits(expected))
    }

    @Test(arguments: [
        ("POST /uplod/", "is no route; did you mean POST /upload/?"),
        ("/attachment/{id}/", "is no route; did you mean /attachments/{id}/?"),
        (
            "PUT /attachments/{id}/",
            "is no route; the methods of /attachments/{id}/ are GET, DELETE, and HEAD counts as GET"
        ),
        ("upload", "is no route like POST /upload/ or /attachments/{id}/"),
        ("POST /upload/ /videos/upload/", "is no route like POST /upload/ or /attachments/{id}/"),
    ])
    func `a route that there is not is said with what there is`(route: String, reason: String) async throws {
        let found = try await faults(["posts.route=\(route)", "posts.perMinute=5"])
        #expect(found == ["limits.routes.posts.route: \"\(route)\" \(reason)"])
    }

    @Test func `where no route is near all are named`() async throws {
        let found = try await faults(["posts.route=GET /somewhere/else/altogether/", "posts.perMinute=5"])
        let fault = try #require(found.first)
        #expect(found.count == 1)
        #expect(fault.contains("below server.basePath there are /upload/, /videos/upload/, /videos/{id}/download/, "))
        for operation in OpenAPITests.operations where operation.path.hasSuffix("/") {
            #expect(fault.contains(operation.path), "\(operation.path)")
        }
    }

    @Test(arguments: [
        (
            ["posts.perMinute=5"],
            ["limits.routes.posts.route: is required (or set SATCHEL_LIMITS_ROUTES_POSTS_ROUTE)"]
        ),
        (
            ["posts.route=POST /upload/", "posts.per=user"],
            ["limits.routes.posts.perMinute: is required (or set SATCHEL_LIMITS_ROUTES_POSTS_PER_MINUTE)"]
        ),
        (
            ["posts.route=POST /upload/", "posts.perMinute=many", "posts.per=group"],
            [
                "limits.routes.posts.per: \"group\" is not one of user, address, all",
                "limits.routes.posts.perMinute: \"many\" is not a whole number from 0 to 1000000000",
            ]
        ),
        (
            ["streams.route=/hls/{id}/{playlist}", "streams.perMinute=5"],
            [
                """
                limits.routes.streams.per: "user" must be address: the route takes signed URLs, and who asks is not \
                known
                """
            ]
        ),
        (
            ["posts.seconds=5"],
            ["limits.routes.posts.seconds: is no known key; the limit of a route has route, perMinute, per"]
        ),
        (
            ["uploads.perMinute=5"],
            [
                """
                limits.routes.uploads.perMinute: is no known key: a limit's name is 1 to 32 lower-case letters and \
                digits, a letter first, and none of address, reads, writes, uploads
                """
            ]
        ),
    ])
    func `what is not possible is named`(settings: [String], reasons: [String]) async throws {
        #expect(try await faults(settings) == reasons)
    }

    @Test(
        arguments: [
            "PUT /messages/{id}/", "/conversations/{id}/", "PATCH /conversations/{id}/participants/",
            "POST /jobs/{id}/cancel/",
        ],
        [nil, RouteLimit.Partition.user, .address]
    )
    func `what only the back end may use is limited for all alone`(
        route: String,
        per: RouteLimit.Partition?
    ) async throws {
        let settings = ["back.route=\(route)", "back.perMinute=5"] + (per.map { ["back.per=\($0.rawValue)"] } ?? [])
        let reason = """
            limits.routes.back.per: "\((per ?? .user).rawValue)" must be all: only the back end may use the route, which \
            no limit of a user or an address counts
            """
        #expect(try await faults(settings) == [reason])
        let limits = try await load(["back.route=\(route)", "back.perMinute=5", "back.per=all"])
        let expected = try limit("back", route, 5, .all)
        #expect(limits == RouteLimits([expected]))
    }

    @Test func `a path is limited by user where users may use one of its methods`() async throws {
        let limits = try await load(["looks.route=/messages/{id}/", "looks.perMinute=5", "looks.per=user"])
        let expected = try limit("looks", "/messages/{id}/", 5, .user)
        #expect(limits == RouteLimits([expected]))
    }

    @Test func `a mistyped variable is no limit`() async throws {
        #expect(
            try await faults([], environment: ["SATCHEL_LIMITS_ROUTES_POSTS_MINUTE": "5"]) == [
                """
                SATCHEL_LIMITS_ROUTES_POSTS_MINUTE: is no known variable; after SATCHEL_LIMITS_ROUTES_ comes one of \
                NAME_ROUTE, NAME_PER_MINUTE, NAME_PER, with the limit's NAME in letters and digits
                """
            ]
        )
    }
}
