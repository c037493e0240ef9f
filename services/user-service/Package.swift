// swift-tools-version:6.2
import PackageDescription

/// Which package has a product; all others are those of libs.
let homes = [
    "ArgumentParser": "swift-argument-parser", "CoreMetrics": "swift-metrics", "Crypto": "swift-crypto",
    "HTTPTypes": "swift-http-types",
    "Logging": "swift-log", "Metrics": "swift-metrics", "NIOCore": "swift-nio", "Hummingbird": "hummingbird",
    "HummingbirdTesting": "hummingbird",
    "ServiceLifecycle": "swift-service-lifecycle", "JWTKit": "jwt-kit",
]

func uses(_ products: String...) -> [Target.Dependency] {
    products.map { .product(name: $0, package: homes[$0] ?? "libs") }
}

// Arrows go one way: Server -> HTTP, Storage -> Domain. HTTP and Storage never see each other.
let package = Package(
    name: "user-service",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "user-service", targets: ["UserServer"])],
    dependencies: [
        .package(path: "../../libs"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .target(
            name: "CommonPasswords", exclude: ["Resources/common-passwords.md"],
            resources: [.embedInCode("Resources/common-passwords.txt")]),
        .target(
            name: "UserDomain",
            dependencies: ["CommonPasswords"]
                + uses(
                    "DomainKit", "Encodings", "IdentityEvents", "InternationalDomains", "OneTimePasswords", "WebAuthn")),
        .target(
            name: "UserStorage",
            dependencies: ["UserDomain", "CSodium"]
                + uses(
                    "AuthKit", "Crypto", "DataExports", "DomainKit", "Encodings", "HTTPKit", "IdentityEvents",
                    "Logging", "Mail",
                    "Metrics", "OneTimePasswords", "Postgres", "PostgresIdempotency", "RedisIdentityEvents",
                    "SealedSecrets", "ServiceLifecycle", "StorageKit", "Timing", "WebAuthn"),
            resources: [.copy("Migrations")]),
        .target(
            name: "UserHTTP",
            dependencies: ["UserDomain"]
                + uses(
                    "AuthKit", "CoreMetrics", "DomainKit", "Encodings", "HTTPKit", "HTTPTypes", "Hummingbird",
                    "IdentityEvents", "Logging", "Metrics", "NIOCore", "OneTimePasswords", "QRCodes", "WebAuthn"),
            resources: [.embedInCode("Resources/openapi.yaml")]),
        .executableTarget(
            name: "UserServer",
            dependencies: ["UserDomain", "UserHTTP", "UserStorage"]
                + uses(
                    "ArgumentParser", "AuthKit", "AWSIdentity", "DataExports", "DomainKit", "HTTPKit", "Hummingbird",
                    "IdentityEvents",
                    "Logging", "Mail", "Postgres", "Redis", "RedisIdentityEvents", "RedisLimits", "ServiceKit",
                    "ServiceLifecycle", "WebAuthn")),
        .target(
            name: "UserTestKit",
            dependencies: ["UserDomain"]
                + uses("Crypto", "DomainKit", "Encodings", "IdentityEvents", "OneTimePasswords", "WebAuthn"),
            path: "Tests/UserTestKit"),
        .testTarget(
            name: "UserDomainTests",
            dependencies: ["CommonPasswords", "UserDomain", "UserTestKit"]
                + uses("DomainKit", "OneTimePasswords", "PlatformTesting", "WebAuthn")),
        .testTarget(
            name: "UserStorageTests",
            dependencies: ["UserDomain", "UserStorage", "UserTestKit", "CSodium"]
                + uses(
                    "AuthKit", "AWSSigning", "Crypto", "DataExports", "DomainKit", "Encodings", "HTTPKit",
                    "IdentityEvents", "JWTKit", "Logging", "Mail", "OneTimePasswords", "PlatformTesting", "Postgres",
                    "Redis", "RedisIdentityEvents", "WebAuthn")),
        .testTarget(
            name: "UserHTTPTests",
            dependencies: ["UserDomain", "UserHTTP", "UserStorage", "UserServer", "UserTestKit"]
                + uses(
                    "AuthKit", "Crypto", "DomainKit", "Encodings", "HTTPKit", "HTTPTypes", "Hummingbird",
                    "HummingbirdTesting", "IdentityEvents", "Logging", "Mail", "Metrics", "NIOCore", "OneTimePasswords",
                    "PlatformTesting", "Postgres", "Redis",
                    "ServiceKit", "ServiceLifecycle", "WebAuthn")),
    ]
)

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
for target in package.targets where target.type != .system { target.swiftSettings = strict }
