// swift-tools-version:6.2
import PackageDescription

let libraries = [
    "Encodings", "Timing", "Caching", "DomainKit", "IdentityEvents", "HTTPKit", "AuthKit", "WebSocketKit", "ServiceKit",
    "Postgres", "PostgresIdempotency", "Redis", "RedisIdentityEvents", "RedisLimits", "ObjectStorage", "StorageKit",
    "TextSearch", "OneTimePasswords", "QRCodes", "SealedSecrets", "WebAuthn", "ErasureWork", "DataExports",
    "InternationalDomains", "Mail", "ConfinedProcesses", "AWSSigning", "AWSIdentity", "S3ObjectStorage",
    "PlatformTesting",
]

/// Which package has a product.
let homes = [
    "ArgumentParser": "swift-argument-parser", "DequeModule": "swift-collections", "Crypto": "swift-crypto",
    "InMemoryTracing": "swift-distributed-tracing", "Tracing": "swift-distributed-tracing",
    "HTTPTypes": "swift-http-types", "Logging": "swift-log", "CoreMetrics": "swift-metrics", "Metrics": "swift-metrics",
    "NIOHTTPTypes": "swift-nio-extras", "NIOHTTPTypesHTTP1": "swift-nio-extras", "NIOSSL": "swift-nio-ssl",
    "NIOConcurrencyHelpers": "swift-nio", "NIOCore": "swift-nio", "NIOEmbedded": "swift-nio", "NIOHTTP1": "swift-nio",
    "NIOPosix": "swift-nio", "NIOTLS": "swift-nio", "Hummingbird": "hummingbird", "HummingbirdCore": "hummingbird",
    "HummingbirdTesting": "hummingbird", "HummingbirdTLS": "hummingbird", "Yams": "Yams",
    "AsyncHTTPClient": "async-http-client",
    "ServiceLifecycle": "swift-service-lifecycle", "UnixSignals": "swift-service-lifecycle", "JWTKit": "jwt-kit",
    "Subprocess": "swift-subprocess",
]

func uses(_ products: String...) -> [Target.Dependency] {
    products.map { .product(name: $0, package: homes[$0] ?? $0) }
}

// Every external dependency of the platform is named here and nowhere else: services and e2e depend on this
// package, so all of them resolve to one graph and can share one scratch folder.
let package = Package(
    name: "libs",
    platforms: [.macOS(.v15)],
    products: libraries.map { .library(name: $0, targets: [$0]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CVectorIO"),
        .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        .target(name: "Encodings"),
        .target(name: "Caching"),
        .target(name: "DomainKit", dependencies: ["Encodings"]),
        .target(
            name: "IdentityEvents",
            dependencies: ["DomainKit", "Timing"] + uses("Logging", "Metrics", "ServiceLifecycle")),
        .target(
            name: "RedisIdentityEvents", dependencies: ["DomainKit", "IdentityEvents", "Redis"] + uses("NIOCore")),
        .target(
            name: "HTTPKit",
            dependencies: ["DomainKit", "Encodings", "Spans", "Timing"]
                + uses(
                    "Crypto", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "Metrics", "NIOCore",
                    "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "Tracing")),
        .target(
            name: "AuthKit",
            dependencies: [
                "Caching", "DomainKit", "Encodings", "HTTPKit", "IdentityEvents", "Loopback", "Spans", "Timing",
            ]
                + uses(
                    "AsyncHTTPClient", "Crypto", "HTTPTypes", "Hummingbird", "Logging", "Metrics", "NIOCore",
                    "NIOHTTP1", "ServiceLifecycle", "Tracing")),
        .target(
            name: "WebSocketKit",
            dependencies: ["Timing"]
                + uses(
                    "Crypto", "HTTPTypes", "HummingbirdCore", "Logging", "NIOConcurrencyHelpers", "NIOCore",
                    "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOPosix", "NIOSSL", "NIOTLS"),
            exclude: ["README.md"]),
        .target(
            name: "ServiceKit",
            dependencies: ["DomainKit", "HTTPKit", "Timing"]
                + uses(
                    "ArgumentParser", "CoreMetrics", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging",
                    "Metrics", "NIOCore", "ServiceLifecycle", "UnixSignals")),
        .target(name: "Timing"),
        .target(name: "Spans", dependencies: uses("Tracing")),
        .target(
            name: "Postgres",
            dependencies: ["CLibPQ", "Spans", "Timing"] + uses("DequeModule", "Logging", "ServiceLifecycle", "Tracing"),
            exclude: ["README.md"]),
        .target(name: "StorageKit", dependencies: ["DomainKit", "Postgres"] + uses("Logging", "Metrics")),
        .target(
            name: "DataExports", dependencies: ["IdentityEvents", "Postgres", "StorageKit"] + uses("Logging")),
        .target(
            name: "ErasureWork",
            dependencies: ["DomainKit", "IdentityEvents", "Postgres", "StorageKit"] + uses("Logging")),
        .target(
            name: "PostgresIdempotency",
            dependencies: ["DomainKit", "HTTPKit", "Postgres", "StorageKit"] + uses("Crypto")),
        .target(
            name: "Redis",
            dependencies: ["CHiredis", "Encodings", "Spans", "Timing"]
                + uses(
                    "Crypto", "DequeModule", "Logging", "NIOCore", "NIOPosix", "NIOSSL", "ServiceLifecycle", "Tracing"),
            exclude: ["README.md"]),
        .target(
            name: "RedisLimits",
            dependencies: ["DomainKit", "Encodings", "HTTPKit", "Redis"] + uses("Crypto", "Logging")),
        .target(
            name: "ObjectStorage",
            dependencies: ["CVectorIO", "Encodings", "Spans"] + uses("Crypto", "NIOCore", "NIOPosix", "Tracing"),
            exclude: ["README.md"]),
        .target(name: "Loopback"),
        .target(
            name: "S3ObjectStorage",
            dependencies: ["AWSSigning", "Encodings", "Loopback", "ObjectStorage", "Timing"]
                + uses("AsyncHTTPClient", "Crypto", "Logging", "Metrics", "NIOCore", "NIOHTTP1"),
            exclude: ["README.md"]),
        .target(name: "InternationalDomains", dependencies: ["CIDN2"]),
        .target(name: "TextSearch"),
        .systemLibrary(name: "CSystemCalls"),
        .target(name: "ConfinedProcesses", dependencies: ["CSystemCalls"] + uses("Subprocess")),
        .executableTarget(
            name: "ConfinedLauncher", dependencies: ["ConfinedProcesses"], path: "Tests/ConfinedLauncher"),
        .target(name: "AWSSigning", dependencies: ["Encodings"] + uses("Crypto"), exclude: ["README.md"]),
        .target(
            name: "AWSIdentity",
            dependencies: ["AWSSigning", "Loopback"] + uses("AsyncHTTPClient", "NIOCore", "NIOHTTP1")),
        .target(
            name: "Mail",
            dependencies: ["AWSSigning", "InternationalDomains", "Loopback"]
                + uses("AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "NIOTLS"),
            exclude: ["README.md"]),
        .target(
            name: "OneTimePasswords", dependencies: ["Encodings"] + uses("Crypto"), exclude: ["README.md"]),
        .target(name: "QRCodes", dependencies: ["CQREncode"], exclude: ["README.md"]),
        .target(name: "SealedSecrets", dependencies: uses("Crypto"), exclude: ["README.md"]),
        .target(name: "WebAuthn", dependencies: ["Encodings"] + uses("Crypto"), exclude: ["README.md"]),
        .target(
            name: "PlatformTesting",
            dependencies: ["DomainKit", "Encodings", "HTTPKit", "Postgres", "Redis", "Timing", "WebSocketKit"]
                + uses(
                    "AsyncHTTPClient", "Crypto", "HTTPTypes", "Hummingbird", "HummingbirdTesting", "Logging", "NIOCore",
                    "NIOHTTP1", "NIOPosix", "Yams"),
            exclude: [
                "Servers/aws-server.py", "Servers/openstack-server.py", "Servers/s3-server.py",
                "Servers/smtp-server.py",
            ]),
        .executableTarget(
            name: "RedisBenchmark",
            dependencies: ["Redis"] + uses("NIOCore"),
            path: "Benchmarks/RedisBenchmark"),
        .executableTarget(
            name: "WebSocketEcho",
            dependencies: ["WebSocketKit"] + uses("Hummingbird", "Logging", "NIOCore"),
            path: "Benchmarks/WebSocketEcho"),
        .executableTarget(name: "PostgresBenchmark", dependencies: ["Postgres"], path: "Benchmarks/PostgresBenchmark"),
        .target(
            name: "ObjectStorageContracts", dependencies: ["ObjectStorage"] + uses("Crypto", "NIOCore"),
            path: "Tests/ObjectStorageContracts"),
        .testTarget(name: "TextSearchTests", dependencies: ["TextSearch"]),
        .testTarget(name: "EncodingsTests", dependencies: ["Encodings"]),
        .testTarget(name: "CachingTests", dependencies: ["Caching"]),
        .testTarget(
            name: "ConfinedProcessesTests", dependencies: ["ConfinedLauncher", "ConfinedProcesses", "PlatformTesting"]),
        .testTarget(name: "DomainKitTests", dependencies: ["DomainKit"]),
        .testTarget(
            name: "IdentityEventsTests",
            dependencies: ["IdentityEvents", "PlatformTesting", "Timing"] + uses("Logging")),
        .testTarget(
            name: "RedisIdentityEventsTests",
            dependencies: ["IdentityEvents", "PlatformTesting", "Redis", "RedisIdentityEvents"] + uses("Logging")),
        .testTarget(
            name: "HTTPKitTests",
            dependencies: ["DomainKit", "HTTPKit", "PlatformTesting"]
                + uses("HTTPTypes", "Hummingbird", "HummingbirdTesting", "Logging", "NIOCore")),
        .testTarget(
            name: "AuthKitTests",
            dependencies: ["AuthKit", "DomainKit", "Encodings", "HTTPKit", "IdentityEvents", "PlatformTesting"]
                + uses("Crypto", "HTTPTypes", "Hummingbird", "HummingbirdTesting", "JWTKit", "Logging", "NIOCore")),
        .testTarget(
            name: "WebSocketKitTests",
            dependencies: ["PlatformTesting", "WebSocketKit"]
                + uses(
                    "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging", "NIOCore",
                    "NIOEmbedded", "NIOPosix", "NIOSSL", "ServiceLifecycle")),
        .testTarget(
            name: "ServiceKitTests",
            dependencies: ["DomainKit", "HTTPKit", "PlatformTesting", "ServiceKit"]
                + uses(
                    "CoreMetrics", "HTTPTypes", "Hummingbird", "Logging", "Metrics", "NIOCore", "ServiceLifecycle",
                    "Tracing")),
        .testTarget(name: "TimingTests", dependencies: ["Timing"]),
        .testTarget(
            name: "TracingTests",
            dependencies: ["DomainKit", "HTTPKit", "ObjectStorage", "PlatformTesting", "Postgres", "Redis"]
                + uses(
                    "HTTPTypes", "Hummingbird", "HummingbirdTesting", "InMemoryTracing", "Logging", "NIOCore",
                    "Tracing")),
        .testTarget(name: "PostgresTests", dependencies: ["PlatformTesting", "Postgres"] + uses("Logging")),
        .testTarget(name: "StorageKitTests", dependencies: ["DomainKit", "PlatformTesting", "Postgres", "StorageKit"]),
        .testTarget(
            name: "DataExportsTests", dependencies: ["DataExports", "IdentityEvents"] + uses("Logging")),
        .testTarget(
            name: "ErasureWorkTests",
            dependencies: ["DomainKit", "ErasureWork", "IdentityEvents", "PlatformTesting", "Postgres"]
                + uses("Logging")),
        .testTarget(
            name: "PostgresIdempotencyTests",
            dependencies: ["HTTPKit", "PlatformTesting", "Postgres", "PostgresIdempotency"] + uses("Crypto")),
        .testTarget(
            name: "RedisTests",
            dependencies: ["PlatformTesting", "Redis", "Timing"]
                + uses("Logging", "NIOCore", "NIOEmbedded", "NIOPosix")),
        .testTarget(
            name: "RedisLimitsTests",
            dependencies: ["DomainKit", "HTTPKit", "PlatformTesting", "Redis", "RedisLimits"] + uses("Logging")),
        .testTarget(
            name: "ObjectStorageTests",
            dependencies: ["ObjectStorage", "ObjectStorageContracts", "PlatformTesting"] + uses("Crypto", "NIOCore")),
        .testTarget(
            name: "S3ObjectStorageTests",
            dependencies: [
                "AWSSigning", "Encodings", "ObjectStorage", "ObjectStorageContracts", "PlatformTesting",
                "S3ObjectStorage",
            ]
                + uses("AsyncHTTPClient", "Crypto", "Logging", "NIOCore", "NIOHTTP1")),
        .testTarget(name: "OneTimePasswordsTests", dependencies: ["OneTimePasswords", "PlatformTesting"]),
        .testTarget(name: "QRCodesTests", dependencies: ["PlatformTesting", "QRCodes"]),
        .testTarget(name: "SealedSecretsTests", dependencies: ["PlatformTesting", "SealedSecrets"]),
        .testTarget(
            name: "WebAuthnTests",
            dependencies: ["Encodings", "HTTPKit", "PlatformTesting", "WebAuthn"] + uses("Crypto", "NIOCore"),
            exclude: ["chromium-ceremonies.json", "level3-vectors.json"]),
        .testTarget(
            name: "AWSSigningTests", dependencies: ["AWSSigning", "PlatformTesting"], exclude: ["Judge/sign.py"]),
        .testTarget(
            name: "AWSIdentityTests",
            dependencies: ["AWSIdentity", "AWSSigning", "PlatformTesting"]),
        .testTarget(
            name: "MailTests",
            dependencies: ["AWSSigning", "Mail", "PlatformTesting"]
                + uses("AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix"),
            exclude: ["Judge/read.py"]),
    ]
)

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
for target in package.targets where target.type != .system { target.swiftSettings = strict }
