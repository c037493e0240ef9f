// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "video-service",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "video-service", targets: ["VideoServer"])],
    dependencies: [
        .package(path: "../../libs"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "VideoDomain",
            dependencies: [.product(name: "DomainKit", package: "libs")],
            swiftSettings: strict
        ),
        .target(
            name: "VideoStorage",
            dependencies: [
                "VideoDomain",
                .product(name: "DomainKit", package: "libs"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ObjectStorage", package: "libs"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "StorageKit", package: "libs"),
            ],
            resources: [.copy("Migrations")],
            swiftSettings: strict
        ),
        .target(
            name: "VideoHTTP",
            dependencies: [
                "VideoDomain",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ],
            resources: [.embedInCode("Resources/openapi.yaml")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "VideoServer",
            dependencies: [
                "VideoDomain", "VideoHTTP", "VideoStorage",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ObjectStorage", package: "libs"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "PostgresIdempotency", package: "libs"),
                .product(name: "ServiceKit", package: "libs"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "VideoTestKit",
            dependencies: [
                "VideoDomain",
                .product(name: "DomainKit", package: "libs"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/VideoTestKit",
            swiftSettings: strict
        ),
        .testTarget(
            name: "VideoDomainTests",
            dependencies: [
                "VideoDomain", "VideoTestKit",
                .product(name: "DomainKit", package: "libs"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "PlatformTesting", package: "libs"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "VideoStorageTests",
            dependencies: [
                "VideoDomain", "VideoStorage", "VideoTestKit",
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ObjectStorage", package: "libs"),
                .product(name: "PlatformTesting", package: "libs"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "PostgresIdempotency", package: "libs"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "VideoHTTPTests",
            dependencies: [
                "VideoDomain", "VideoHTTP", "VideoServer", "VideoStorage", "VideoTestKit",
                .product(name: "AuthKit", package: "libs"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DomainKit", package: "libs"),
                .product(name: "HTTPKit", package: "libs"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ObjectStorage", package: "libs"),
                .product(name: "PlatformTesting", package: "libs"),
                .product(name: "Postgres", package: "libs"),
                .product(name: "ServiceKit", package: "libs"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
    ]
)
