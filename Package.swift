// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "satchel",
    products: [
        .executable(name: "satchel", targets: ["satchel"]),
        .executable(name: "satchel-worker", targets: ["satchel-worker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // C: only what Swift cannot spell.
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CLibAV",
            providers: [
                .apt(["libavformat-dev", "libavcodec-dev", "libswresample-dev", "libswscale-dev", "libavutil-dev"])
            ]
        ),
        .systemLibrary(name: "CVips", pkgConfig: "gobject-2.0", providers: [.apt(["libvips-dev"])]),
        .systemLibrary(
            name: "CImages",
            providers: [.apt(["libheif-dev", "libjxl-dev", "libwebp-dev", "libjpeg-dev"])]
        ),
        .target(name: "CDigest"),
        .target(name: "CConfine", linkerSettings: [.linkedLibrary("seccomp")]),
        .target(name: "CProcess"),

        // L0: pure protocols.
        .target(name: "SigV4", dependencies: [.product(name: "Crypto", package: "swift-crypto")]),
        .target(
            name: "Curl",
            dependencies: [
                "CCurl",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),

        // L1: one outside thing each.
        .target(
            name: "S3",
            dependencies: [
                "CDigest", "Curl", "SigV4",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .target(name: "Catalog", dependencies: [.product(name: "GRDB", package: "GRDB.swift")]),
        .target(name: "Media", dependencies: ["CProcess"]),

        // L2: what the product does.
        .target(
            name: "Attachments",
            dependencies: [
                "CDigest", "S3", "SigV4", "Curl", "Catalog", "Media",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),

        // L3: HTTP in, JSON out.
        .target(
            name: "Gateway",
            dependencies: [
                "Attachments", "Catalog", "Curl", "Media", "S3", "SigV4",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),

        // L3: brings files in from elsewhere. GRDB for its journal and for foreign databases.
        .target(
            name: "Migration",
            dependencies: [
                "Attachments", "CDigest", "Catalog", "Curl", "S3", "SigV4",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),

        // L4: executables.
        .executableTarget(
            name: "satchel",
            dependencies: [
                "Attachments", "CProcess", "Catalog", "Gateway", "Migration", "S3",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .executableTarget(
            name: "satchel-worker",
            dependencies: ["CConfine", "CImages", "CLibAV", "CProcess", "CVips", "Media"]
        ),

        // Tests.
        .target(
            name: "TestSupport",
            dependencies: ["Catalog", "Media", "S3", .product(name: "NIOCore", package: "swift-nio")],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "SigV4Tests", dependencies: ["SigV4"], resources: [.copy("Vectors")]),
        .testTarget(
            name: "CurlTests",
            dependencies: [
                "Curl", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(name: "S3Tests", dependencies: ["CDigest", "S3", "TestSupport"]),
        .testTarget(
            name: "CatalogTests",
            dependencies: ["Catalog", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .testTarget(name: "ConfineTests", dependencies: ["CConfine", "CProcess"]),
        .testTarget(
            name: "MediaTests",
            dependencies: ["CImages", "CLibAV", "CProcess", "Media", "TestSupport", "satchel-worker"]
        ),
        .testTarget(
            name: "AttachmentsTests",
            dependencies: [
                "Attachments", "Catalog", "Curl", "Media", "S3", "SigV4", "TestSupport", "satchel-worker",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "MigrationTests",
            dependencies: [
                "Attachments", "Catalog", "Curl", "Media", "Migration", "S3", "SigV4", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Attachments", "Catalog", "Curl", "Gateway", "Media", "S3", "SigV4", "TestSupport", "satchel-worker",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
    ]
)

// One place for the settings of every Swift target.
let optimizesTested = Context.environment["SATCHEL_OPTIMIZE_TESTED"] == "1"
let warningsAreErrors = Context.environment["SATCHEL_WARNINGS_AS_ERRORS"] == "1"
for target in package.targets
where target.type != .system && !["CDigest", "CConfine", "CProcess"].contains(target.name) {
    var settings: [SwiftSetting] = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
    ]
    if target.name == "satchel-worker" {
        // It goes over each pixel of the tests' pictures; without optimisation that starves what runs beside it.
        settings.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
    }
    if optimizesTested, target.path == nil, [.regular, .executable].contains(target.type) {
        // What a release's optimizer crashes at, or makes wrong, tests of a debug build do not see.
        settings.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
    }
    if warningsAreErrors {
        settings.append(.treatAllWarnings(as: .error))
    }
    target.swiftSettings = settings
}
