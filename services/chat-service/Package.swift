// swift-tools-version:6.2
import PackageDescription

/// Which package has a product; all others are those of libs.
let homes = [
    "Crypto": "swift-crypto", "HTTPTypes": "swift-http-types", "Logging": "swift-log", "Metrics": "swift-metrics",
    "NIOCore": "swift-nio", "NIOPosix": "swift-nio", "Hummingbird": "hummingbird", "HummingbirdCore": "hummingbird",
    "HummingbirdTesting": "hummingbird", "ServiceLifecycle": "swift-service-lifecycle",
]

func uses(_ products: String...) -> [Target.Dependency] {
    products.map { .product(name: $0, package: homes[$0] ?? "libs") }
}

// Arrows go one way: Server -> HTTP, Storage -> Domain. HTTP and Storage never see each other.
let package = Package(
    name: "chat-service",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "chat-service", targets: ["ChatServer"])],
    dependencies: [
        .package(path: "../../libs"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        .target(name: "ChatDomain", dependencies: uses("DomainKit")),
        .target(
            name: "ChatStorage",
            dependencies: ["ChatDomain"]
                + uses(
                    "Crypto", "DataExports", "DomainKit", "ErasureWork", "IdentityEvents", "Logging", "NIOCore",
                    "NIOPosix",
                    "Postgres", "Redis", "StorageKit"),
            resources: [.copy("Migrations")]),
        .target(
            name: "ChatHTTP",
            dependencies: ["ChatDomain"]
                + uses(
                    "AuthKit", "DomainKit", "HTTPKit", "HTTPTypes", "Hummingbird", "Metrics", "NIOCore", "Timing",
                    "WebSocketKit"),
            resources: [.embedInCode("Resources/openapi.yaml")]),
        .executableTarget(
            name: "ChatServer",
            dependencies: ["ChatDomain", "ChatHTTP", "ChatStorage"]
                + uses(
                    "AuthKit", "DataExports", "DomainKit", "ErasureWork", "HTTPKit", "HummingbirdCore",
                    "IdentityEvents", "Logging",
                    "Postgres",
                    "PostgresIdempotency", "Redis", "RedisIdentityEvents", "RedisLimits", "ServiceKit",
                    "ServiceLifecycle",
                    "WebSocketKit")),
        .target(name: "ChatTestKit", dependencies: ["ChatDomain"] + uses("DomainKit"), path: "Tests/ChatTestKit"),
        .testTarget(name: "ChatDomainTests", dependencies: ["ChatDomain", "ChatTestKit"] + uses("DomainKit")),
        .testTarget(
            name: "ChatStorageTests",
            dependencies: ["ChatDomain", "ChatStorage", "ChatTestKit"]
                + uses(
                    "DataExports", "DomainKit", "ErasureWork", "HTTPKit", "IdentityEvents", "Logging", "NIOCore",
                    "NIOPosix",
                    "PlatformTesting", "Postgres", "PostgresIdempotency", "Redis")),
        .testTarget(
            name: "ChatHTTPTests",
            dependencies: ["ChatDomain", "ChatHTTP", "ChatServer", "ChatStorage", "ChatTestKit"]
                + uses(
                    "AuthKit", "Crypto", "DomainKit", "HTTPKit", "HTTPTypes", "Hummingbird", "HummingbirdTesting",
                    "IdentityEvents", "Logging", "NIOCore", "PlatformTesting", "Postgres", "Redis",
                    "RedisIdentityEvents", "RedisLimits", "ServiceKit", "ServiceLifecycle", "WebSocketKit")),
    ]
)

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
for target in package.targets where target.type != .system { target.swiftSettings = strict }
