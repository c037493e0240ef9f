import Foundation
import ServiceKit
import Testing
import VideoDomain
import VideoServer

@Suite("Settings")
struct VideoConfigTests {
    static let good = [
        "MEDIA_URL_KEY": Data(repeating: 7, count: 32).base64EncodedString(), "OBJECT_STORE_URL": "file:///srv/media",
        "SERVICE_CLIENT_SECRET": "hush-hush",
    ]

    func load(_ environment: [String: String]) throws -> LoadedSettings<VideoConfig> {
        try Settings.load(VideoConfig.self, from: SettingsSource(environment: environment))
    }

    @Test func `only the store, the key and the secret must be given`() throws {
        let config = try load(Self.good).configuration
        #expect(config.common.port == 8082 && config.common.operationsPort == 9082)
        #expect(config.media.linkLife == .seconds(300) && config.limits.expiry == .seconds(86_400))
        let error = #expect(throws: SettingsError.self) { try load([:]) }
        #expect(Set(error?.errors.map(\.key) ?? []) == ["MEDIA_URL_KEY", "OBJECT_STORE_URL", "SERVICE_CLIENT_SECRET"])
    }

    @Test func `every bad setting is named at once`() throws {
        let bad = ["MEDIA_URL_KEY": "x", "OBJECT_STORE_URL": "ftp://x", "MEDIA_URL_SECONDS": "301", "PORT": "abc"]
        let error = #expect(throws: SettingsError.self) { try load(Self.good.merging(bad) { $1 }) }
        #expect(Set(error?.errors.map(\.key) ?? []) == Set(bad.keys))
    }

    @Test(
        "the address of a bucket that cannot be one, or of an unknown store, stops the start and says so",
        arguments: [
            ("s3://bucket", "region"), ("s3://Bucket?region=x", "bucket"),
            ("s3://bucket?region=x&endpoint=http://far", "https"),
            ("ftp://x/y", "file://"), ("/srv/media", "file://"),
        ])
    func storeAddress(_ url: String, _ reason: String) {
        let error = #expect(throws: SettingsError.self) {
            try load(Self.good.merging(["OBJECT_STORE_URL": url]) { $1 })
        }
        #expect(error?.errors.map(\.key) == ["OBJECT_STORE_URL"])
        #expect(error?.errors.first?.reason.contains(reason) == true)
    }

    @Test func `secrets are not shown`() throws {
        let table = try load(Self.good.merging(["DATABASE_URL": "postgres://u:hush@h/d"]) { $1 }).table
        #expect(!table.contains { $0.shown.contains("hush") || $0.shown.contains(Self.good["MEDIA_URL_KEY"] ?? "?") })
    }
}
