// swift-tools-version:6.2
import PackageDescription

/// Which package has a product; all others are those of libs.
let homes = [
    "Crypto": "swift-crypto", "HTTPTypes": "swift-http-types", "NIOCore": "swift-nio", "NIOHTTP1": "swift-nio",
    "AsyncHTTPClient": "async-http-client",
]

func uses(_ products: String...) -> [Target.Dependency] {
    products.map { .product(name: $0, package: homes[$0] ?? "libs") }
}

// Drives the running platform from outside. The versions are those of ../libs, so that both share one graph.
let package = Package(
    name: "e2e",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(path: "../libs"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    ],
    targets: [
        .testTarget(
            name: "EndToEndTests",
            dependencies: uses("AsyncHTTPClient", "Crypto", "HTTPTypes", "NIOCore", "NIOHTTP1", "PlatformTesting"))
    ]
)

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
for target in package.targets where target.type != .system { target.swiftSettings = strict }
