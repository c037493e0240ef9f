// swift-tools-version:6.2
import PackageDescription

/// Which package has a product; all others are those of libs.
let homes = [
    "ArgumentParser": "swift-argument-parser", "Crypto": "swift-crypto", "Logging": "swift-log", "NIOCore": "swift-nio",
    "NIOPosix": "swift-nio", "Hummingbird": "hummingbird",
]

func uses(_ products: String...) -> [Target.Dependency] {
    products.map { .product(name: $0, package: homes[$0] ?? "libs") }
}

// What measures the platform from outside. The versions are those of ../libs, so that both share one graph.
let package = Package(
    name: "bench",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(path: "../libs"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
    ],
    targets: [
        .systemLibrary(name: "CEpoll"),
        .executableTarget(name: "LoadGenerator", dependencies: ["CEpoll"] + uses("ArgumentParser", "Crypto")),
        .executableTarget(
            name: "SocketFloor",
            dependencies: uses("Hummingbird", "Logging", "NIOCore", "NIOPosix", "WebSocketKit")),
    ]
)

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
for target in package.targets where target.type != .system { target.swiftSettings = strict }
