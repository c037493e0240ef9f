// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

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
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        .target(
            name: "UserDomain",
            dependencies: ["CIDN2", .product(name: "DomainKit", package: "libs")],
            swiftSettings: strict
        ),
        .target(
            name: "UserStorage",
            dependencies: [
                "UserDomain", "CArgon2",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "PostgresIdempotency", package: "libs"),
                .product(name: "StorageKit", package: "libs"),
            ],
            resources: [.copy("Migrations")],
            swiftSettings: strict
        ),
        .target(
            name: "UserHTTP",
            dependencies: [
                "UserDomain",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            resources: [.embedInCode("Resources/openapi.yaml")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "UserServer",
            dependencies: [
                "UserDomain", "UserHTTP", "UserStorage",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AuthKit", package: "libs"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "ServiceKit", package: "libs"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "UserTestKit",
            dependencies: ["UserDomain", .product(name: "DomainKit", package: "libs")],
            path: "Tests/UserTestKit",
            swiftSettings: strict
        ),
        .testTarget(
            name: "UserDomainTests",
            dependencies: [
                "UserDomain", "UserTestKit", .product(name: "DomainKit", package: "libs"),
                .product(name: "PlatformTesting", package: "libs"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "UserStorageTests",
            dependencies: [
                "UserDomain", "UserStorage", "UserTestKit", "CArgon2",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "PlatformTesting", package: "libs"),
                .product(name: "Postgres", package: "libs"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "UserHTTPTests",
            dependencies: [
                "UserDomain", "UserHTTP", "UserStorage", "UserServer", "UserTestKit",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "PlatformTesting", package: "libs"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "ServiceKit", package: "libs"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
    ]
)
