import Foundation
import ServiceKit
import Testing
import UserDomain
import UserStorage

@testable import UserServer

@Suite struct UserConfigTests {
    static let key = Data(repeating: 7, count: 32).base64EncodedString()

    func load(_ environment: [String: String]) throws -> LoadedSettings<UserConfig> {
        try Settings.load(UserConfig.self, from: SettingsSource(environment: environment))
    }

    @Test func `only the key must be given`() throws {
        let config = try load(["KEY_ENCRYPTION_KEY": Self.key]).configuration
        #expect(config.common.port == 8081 && config.common.operationsPort == 9081)
        #expect(config.tokens.life == .seconds(600) && config.sessions.life == .seconds(30 * 86_400))
        #expect(config.argon2.memoryKiB == 19_456 && config.argon2.passes == 2)
        let error = #expect(throws: SettingsError.self) { try load([:]) }
        #expect(error?.errors.map(\.key) == ["KEY_ENCRYPTION_KEY"])
    }

    @Test func `every bad setting is named at once`() throws {
        let error = #expect(throws: SettingsError.self) {
            try load([
                "KEY_ENCRYPTION_KEY": "short", "PORT": "abc", "ARGON2_PASSES": "0", "REFRESH_TOKEN_DAYS": "-1",
            ])
        }
        #expect(
            Set(error?.errors.map(\.key) ?? []) == [
                "KEY_ENCRYPTION_KEY", "PORT", "ARGON2_PASSES", "REFRESH_TOKEN_DAYS",
            ])
    }

    @Test func `secrets are not shown`() throws {
        let table = try load(["KEY_ENCRYPTION_KEY": Self.key, "DATABASE_URL": "postgres://u:hush@h/d"]).table
        #expect(!table.contains { $0.shown.contains("hush") || $0.shown.contains(Self.key) })
    }

    @Test func `the README lists every setting there is, and no other`() throws {
        let readme = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md"),
            encoding: .utf8)
        let documented = readme.split(separator: "\n").compactMap { line -> [String]? in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 2, cells[0].hasPrefix("`"), cells[0] == cells[0].uppercased() else { return nil }
            return cells
        }
        let table = try load(["KEY_ENCRYPTION_KEY": Self.key]).table
        #expect(Set(documented.map { $0[0].trimmingCharacters(in: ["`"]) }) == Set(table.map(\.key)))
        for setting in table where setting.key != "PASSWORD_HASH_LANES" {
            let row = documented.first { $0[0] == "`\(setting.key)`" }
            let standard = setting.standard.map { $0.isEmpty ? "" : "`\($0)`" } ?? "required"
            #expect(row?[1] == standard, "\(setting.key)")
            #expect(row?.last == setting.meaning, "\(setting.key)")
        }
    }
}
