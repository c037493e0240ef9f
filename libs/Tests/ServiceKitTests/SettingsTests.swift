import Foundation
import Logging
@testable import ServiceKit
import Testing

private struct SampleConfig: ServiceConfiguration {
    let common: CommonSettings
    let databaseURL: String
    let mediaKey: Data
    let origins: [String]
    let objectStore: URL
    let isStrict: Bool

    init(from settings: inout SettingsReader) {
        common = CommonSettings(from: &settings, port: 8083, operationsPort: 9083)
        databaseURL = settings.secret("DATABASE_URL", default: "postgres://localhost/x", "Where PostgreSQL is")
        mediaKey = settings.secretKey("MEDIA_URL_KEY", byteCount: 32, "Signs media URLs")
        origins = settings.list("ALLOWED_ORIGINS", default: ["http://a"], "Who may open sockets")
        objectStore = settings.url(
            "OBJECT_STORE_URL", default: "file:///tmp/x", schemes: ["file", "s3"], "Where objects are")
        isStrict = settings.bool("STRICT", default: true, "Whether to be strict")
    }
}

private let key = Data(repeating: 7, count: 32).base64EncodedString()

private func load(_ environment: [String: String]) throws(SettingsError) -> LoadedSettings<SampleConfig> {
    try Settings.load(SampleConfig.self, from: SettingsSource(environment: environment))
}

@Suite struct SettingsTests {
    @Test func `defaults hold where nothing is set`() throws {
        let loaded = try load(["MEDIA_URL_KEY": key])
        let config = loaded.configuration
        #expect(config.common.port == 8083 && config.common.operationsPort == 9083)
        #expect(config.common.logLevel == .info)
        #expect(config.common.shutdownGrace == .seconds(10))
        #expect(config.origins == ["http://a"])
        #expect(config.isStrict)
        #expect(loaded.table.first { $0.key == "PORT" }?.source == .standard)
    }

    @Test func `the environment wins over defaults`() throws {
        let config = try load([
            "MEDIA_URL_KEY": key, "PORT": "1234", "LOG_LEVEL": "debug", "ALLOWED_ORIGINS": "http://b, http://c,",
            "STRICT": "false", "OBJECT_STORE_URL": "s3://bucket?region=x", "HOST": "",
        ]).configuration
        #expect(config.common.port == 1234)
        #expect(config.common.logLevel == .debug)
        #expect(config.origins == ["http://b", "http://c"])
        #expect(!config.isStrict)
        #expect(config.objectStore.scheme == "s3")
        #expect(config.common.host == "127.0.0.1")
    }

    @Test func `every bad setting is named with its reason, at once`() {
        do throws(SettingsError) {
            _ = try load([
                "PORT": "abc", "OPERATIONS_PORT": "70000", "LOG_LEVEL": "loud", "STRICT": "yes",
                "OBJECT_STORE_URL": "ftp://x", "SHUTDOWN_GRACE_SECONDS": "0",
            ])
            Issue.record("bad settings were taken")
        } catch {
            #expect(
                error.errors.map(\.key) == [
                    "PORT", "OPERATIONS_PORT", "LOG_LEVEL", "SHUTDOWN_GRACE_SECONDS", "MEDIA_URL_KEY",
                    "OBJECT_STORE_URL", "STRICT",
                ])
            #expect(error.description.contains("PORT: must be a whole number, and is \"abc\""))
            #expect(error.description.contains("OPERATIONS_PORT: must be from 0 to 65535, and is 70000"))
            #expect(error.description.contains("MEDIA_URL_KEY: must be set"))
        }
    }

    @Test func `a bad secret is named without being shown`() {
        do throws(SettingsError) {
            _ = try load(["MEDIA_URL_KEY": "c2VjcmV0"])
            Issue.record("a short key was taken")
        } catch {
            #expect(error.description == "MEDIA_URL_KEY: must be 32 bytes in base64")
        }
    }

    @Test func `secret files stand between environment and default`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data("postgres://from-file\n".utf8).write(to: URL(fileURLWithPath: directory + "/database_url"))
        try Data(key.utf8).write(to: URL(fileURLWithPath: directory + "/MEDIA_URL_KEY"))
        let fromFile = try load(["SECRETS_DIR": directory])
        #expect(fromFile.configuration.databaseURL == "postgres://from-file")
        #expect(
            fromFile.table.first { $0.key == "DATABASE_URL" }?.source == .secretFile(directory + "/database_url"))
        let fromEnvironment = try load(["SECRETS_DIR": directory, "DATABASE_URL": "postgres://from-environment"])
        #expect(fromEnvironment.configuration.databaseURL == "postgres://from-environment")
    }

    @Test func `the table shows everything but secrets`() throws {
        let loaded = try load(["MEDIA_URL_KEY": key, "DATABASE_URL": "postgres://u:hunter2@db/x"])
        let text = SettingsTable(settings: loaded.table).text
        #expect(!text.contains("hunter2") && !text.contains(key))
        for key in ["PORT", "DATABASE_URL", "MEDIA_URL_KEY", "ALLOWED_ORIGINS", "SECRETS_DIR"] {
            #expect(text.contains(key))
        }
        let row = text.split(separator: "\n").first { $0.hasPrefix("DATABASE_URL") }
        #expect(row?.contains("********") == true && row?.contains("environment") == true)
        #expect(text.contains("(required)"))
    }

    @Test func `no setting is declared twice`() throws {
        let keys = try load(["MEDIA_URL_KEY": key]).table.map(\.key)
        #expect(Set(keys).count == keys.count)
    }
}
