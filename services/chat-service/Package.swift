// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func libs(_ names: String...) -> [Target.Dependency] {
    names.map { .product(name: $0, package: "libs") }
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
]

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
        .target(name: "ChatDomain", dependencies: libs("DomainKit")),
        .target(
            name: "ChatStorage",
            dependencies: ["ChatDomain", logging] + nio + libs("DomainKit", "Postgres", "Redis", "StorageKit"),
            resources: [.copy("Migrations")]),
        .target(
            name: "ChatHTTP",
            dependencies: ["ChatDomain", httpTypes, hummingbird, logging, metrics] + nio
                + libs("AuthKit", "DomainKit", "HTTPKit", "WebSocketKit"),
            resources: [.embedInCode("Resources/openapi.yaml")]),
        .executableTarget(
            name: "ChatServer",
            dependencies: ["ChatDomain", "ChatHTTP", "ChatStorage", hummingbird, logging, lifecycle]
                + libs(
                    "AuthKit", "DomainKit", "HTTPKit", "Postgres", "PostgresIdempotency", "Redis", "ServiceKit",
                    "WebSocketKit")),
        .target(
            name: "ChatTestKit", dependencies: ["ChatDomain"] + libs("DomainKit"), path: "Tests/ChatTestKit"),
        .testTarget(name: "ChatDomainTests", dependencies: ["ChatDomain", "ChatTestKit"] + libs("DomainKit")),
        .testTarget(
            name: "ChatStorageTests",
            dependencies: ["ChatDomain", "ChatStorage", "ChatTestKit", logging] + nio
                + libs("DomainKit", "HTTPKit", "PlatformTesting", "Postgres", "PostgresIdempotency", "Redis")),
        .testTarget(
            name: "ChatHTTPTests",
            dependencies: [
                "ChatDomain", "ChatHTTP", "ChatServer", "ChatStorage", "ChatTestKit", crypto, httpTypes, hummingbird,
                hummingbirdTesting, lifecycle, logging,
            ] + nio
                + libs(
                    "AuthKit", "DomainKit", "HTTPKit", "PlatformTesting", "Postgres", "Redis", "ServiceKit",
                    "WebSocketKit")),
    ]
)

for target in package.targets { target.swiftSettings = strict }
