// swift-tools-version:6.2
import PackageDescription

/// Which package has a product; all others are those of libs.
let homes = [
    "AsyncHTTPClient": "async-http-client", "ArgumentParser": "swift-argument-parser", "Crypto": "swift-crypto",
    "HTTPTypes": "swift-http-types",
    "Logging": "swift-log", "Metrics": "swift-metrics",
    "NIOCore": "swift-nio",
    "NIOHTTP1": "swift-nio", "NIOHTTPTypesHTTP1": "swift-nio-extras",
    "Hummingbird": "hummingbird", "HummingbirdCore": "hummingbird", "HummingbirdTesting": "hummingbird",
    "ServiceLifecycle": "swift-service-lifecycle",
]

func uses(_ products: String...) -> [Target.Dependency] {
    products.map { .product(name: $0, package: homes[$0] ?? "libs") }
}

// Arrows go one way: Server -> HTTP, Storage, Transcoding -> Domain. These three never see each other.
let package = Package(
    name: "video-service",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "video-service", targets: ["VideoServer"])],
    dependencies: [
        .package(path: "../../libs"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CMalloc"),
        .target(name: "VideoDomain", dependencies: uses("DomainKit", "TextSearch")),
        .target(
            name: "VideoStorage",
            dependencies: ["VideoDomain"]
                + uses(
                    "Crypto", "DataExports", "DomainKit", "Encodings", "ErasureWork", "IdentityEvents", "Metrics",
                    "NIOCore", "ObjectStorage", "Postgres",
                    "StorageKit",
                    "TextSearch"),
            resources: [.copy("Migrations")]),
        .target(
            name: "VideoHTTP",
            dependencies: ["VideoDomain"]
                + uses(
                    "AuthKit", "Crypto", "DomainKit", "Encodings", "HTTPKit", "HTTPTypes", "Hummingbird",
                    "HummingbirdCore",
                    "Logging", "NIOCore", "NIOHTTP1", "NIOHTTPTypesHTTP1"),
            resources: [.embedInCode("Resources/openapi.yaml")]),
        .target(name: "VideoTranscoding", dependencies: ["VideoDomain"] + uses("ConfinedProcesses")),
        .executableTarget(
            name: "VideoServer",
            dependencies: ["CMalloc", "VideoDomain", "VideoHTTP", "VideoStorage", "VideoTranscoding"]
                + uses(
                    "ArgumentParser", "AWSIdentity", "AWSSigning", "AuthKit", "Caching", "ConfinedProcesses", "Crypto",
                    "DataExports",
                    "DomainKit",
                    "ErasureWork", "HTTPKit",
                    "Hummingbird", "IdentityEvents", "Logging", "Metrics", "NIOCore", "ObjectStorage", "Postgres",
                    "PostgresIdempotency", "Redis", "RedisIdentityEvents", "RedisLimits", "S3ObjectStorage",
                    "ServiceKit",
                    "ServiceLifecycle")),
        .target(
            name: "VideoTestKit",
            dependencies: ["VideoDomain"] + uses("DomainKit", "NIOCore", "TextSearch"),
            path: "Tests/VideoTestKit"),
        .testTarget(
            name: "VideoDomainTests",
            dependencies: ["VideoDomain", "VideoTestKit"] + uses("DomainKit", "NIOCore", "PlatformTesting")),
        .testTarget(
            name: "VideoStorageTests",
            dependencies: ["VideoDomain", "VideoStorage", "VideoTestKit"]
                + uses(
                    "AWSSigning", "Crypto", "DataExports", "DomainKit", "ErasureWork", "IdentityEvents", "Logging",
                    "NIOCore",
                    "ObjectStorage", "PlatformTesting", "Postgres", "PostgresIdempotency", "S3ObjectStorage",
                    "StorageKit")),
        .testTarget(
            name: "VideoTranscodingTests",
            dependencies: ["VideoDomain", "VideoTranscoding", "VideoTestKit"]
                + uses("ConfinedProcesses", "PlatformTesting")),
        .testTarget(
            name: "VideoHTTPTests",
            dependencies: ["VideoDomain", "VideoHTTP", "VideoServer", "VideoStorage", "VideoTestKit"]
                + uses(
                    "AWSSigning", "AsyncHTTPClient", "AuthKit", "Crypto", "DomainKit", "Encodings", "HTTPKit",
                    "HTTPTypes", "Hummingbird", "HummingbirdTesting", "IdentityEvents", "Logging", "NIOCore",
                    "NIOHTTP1", "ObjectStorage",
                    "PlatformTesting", "Postgres", "Redis", "ServiceKit")),
    ]
)

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
for target in package.targets where target.type != .system { target.swiftSettings = strict }
