// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// Arrows go one way: Server -> HTTP, Storage -> Domain. HTTP and Storage never see each other.
let package = Package(
    name: "chat-service",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "chat-service", targets: ["ChatServer"])
    ],
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
        .target(
            name: "ChatDomain",
            dependencies: [.product(name: "DomainKit", package: "libs")],
            swiftSettings: strict
        ),
        .target(
            name: "ChatStorage",
            dependencies: [
                "ChatDomain",
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "Redis", package: "libs"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            resources: [.copy("Migrations")],
            swiftSettings: strict
        ),
        .target(
            name: "ChatHTTP",
            dependencies: [
                "ChatDomain",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "WebSocketKit", package: "libs"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            resources: [.embedInCode("Resources/openapi.yaml")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ChatServer",
            dependencies: [
                "ChatDomain", "ChatHTTP", "ChatStorage",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "PostgresIdempotency", package: "libs"),
                .product(name: "Redis", package: "libs"),
                .product(name: "ServiceKit", package: "libs"),
                .product(name: "WebSocketKit", package: "libs"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "ChatTestKit",
            dependencies: [
                "ChatDomain",
                .product(name: "DomainKit", package: "libs"),
            ],
            path: "Tests/ChatTestKit",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ChatDomainTests",
            dependencies: ["ChatDomain", "ChatTestKit", .product(name: "DomainKit", package: "libs")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ChatStorageTests",
            dependencies: [
                "ChatDomain", "ChatStorage", "ChatTestKit",
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "PlatformTesting", package: "libs"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "PostgresIdempotency", package: "libs"),
                .product(name: "Redis", package: "libs"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ChatHTTPTests",
            dependencies: [
                "ChatDomain", "ChatHTTP", "ChatStorage", "ChatTestKit",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "PlatformTesting", package: "libs"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "Redis", package: "libs"),
                .product(name: "WebSocketKit", package: "libs"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
    ]
)
