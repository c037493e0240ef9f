import DomainKit
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
                "MAIL_URL": "smtp://me:hush@", "MAIL_FROM": "nobody", "REQUIRE_VERIFIED_EMAIL": "maybe",
            ])
        }
        #expect(
            Set(error?.errors.map(\.key) ?? []) == [
                "KEY_ENCRYPTION_KEY", "PORT", "ARGON2_PASSES", "REFRESH_TOKEN_DAYS", "MAIL_URL", "MAIL_FROM",
                "REQUIRE_VERIFIED_EMAIL",
            ])
        #expect(error?.description.contains("hush") == false)
    }

    static let secret = String(repeating: "a", count: 32)

    @Test func `services are read from lines or between semicolons`() throws {
        func clients(_ text: String) throws -> [ServiceClientList.Line]? {
            try load(["KEY_ENCRYPTION_KEY": Self.key, "SERVICE_CLIENTS": text]).configuration.serviceClients
        }
        let lines = [
            "chat-service \(Self.secret) identity:events,authz:decide", "  video-service\t\(Self.secret)b  users:read ",
        ]
        for separator in ["\n", ";", "\r\n", ";\n\n"] {
            let read = try clients(lines.joined(separator: separator) + separator)
            #expect(read?.map(\.id.description) == ["chat-service", "video-service"])
            #expect(read?.map(\.secret.text) == [Self.secret, Self.secret + "b"])
            #expect(read?.map(\.scopes) == [[.identityEvents, .decide], [.readUsers]])
        }
        #expect(try clients("") == nil, "nothing said changes nothing")
        #expect(try clients("none") == [])
    }

    @Test(arguments: [
        "chat", "chat \(secret)", "chat short users:read", "chat \(secret) users:write", "chat \(secret) ,", "None",
        "Chat \(secret) users:read", "chat \(secret) users:read more",
        "chat \(secret) users:read;chat \(secret)b users:read",
    ])
    func `a service that cannot be read is named by its line, not by its secret`(text: String) {
        let error = #expect(throws: SettingsError.self) {
            try load(["KEY_ENCRYPTION_KEY": Self.key, "SERVICE_CLIENTS": text])
        }
        #expect(error?.errors.map(\.key) == ["SERVICE_CLIENTS"])
        #expect(error?.description.contains(Self.secret) == false)
    }

    static let webhookSecret = "whsec_" + Data(repeating: 3, count: 24).base64EncodedString()

    @Test func `payment providers are read from lines or between semicolons`() throws {
        func sources(_ text: String) throws -> [PaymentSource: [WebhookSecret]] {
            try load(["KEY_ENCRYPTION_KEY": Self.key, "PAYMENT_WEBHOOKS": text]).configuration.paymentWebhooks
        }
        let other = "whsec_" + Data(repeating: 4, count: 64).base64EncodedString()
        let lines = ["shop \(Self.webhookSecret),\(other)", "  bank-2\t\(other) "]
        for separator in ["\n", ";", "\r\n", ";\n\n"] {
            let read = try sources(lines.joined(separator: separator) + separator)
            #expect(Set(read.keys.map(\.description)) == ["shop", "bank-2"])
            #expect(read[try #require(PaymentSource("shop"))]?.map(\.bytes.count) == [24, 64])
        }
        for none in ["", "none"] { #expect(try sources(none).isEmpty) }
    }

    @Test(arguments: [
        "shop", "Shop \(webhookSecret)", "shop secret", "shop \(webhookSecret),", "shop \(webhookSecret) more",
        "shop \(webhookSecret);shop \(webhookSecret)", "None", "shop \(webhookSecret.dropLast(6))",
        "shop " + Array(repeating: webhookSecret, count: 5).joined(separator: ","),
    ])
    func `a provider that cannot be read is named by its line, not by its secret`(text: String) {
        let error = #expect(throws: SettingsError.self) {
            try load(["KEY_ENCRYPTION_KEY": Self.key, "PAYMENT_WEBHOOKS": text])
        }
        #expect(error?.errors.map(\.key) == ["PAYMENT_WEBHOOKS"])
        #expect(error?.description.contains(Self.webhookSecret) == false)
    }

    @Test func `roles of two factors are those there are`() throws {
        func roles(_ text: String) throws -> Set<Role> {
            try load(["KEY_ENCRYPTION_KEY": Self.key, "REQUIRE_MFA_FOR": text]).configuration.tokens.rolesOfTwoFactors
        }
        #expect(try roles("") == [] && roles(" admin ,moderator") == [.admin, .moderator])
        for text in ["wizard", "admin moderator", "Admin", "admin,wizard"] {
            let error = #expect(throws: SettingsError.self) { try roles(text) }
            #expect(error?.errors.map(\.key) == ["REQUIRE_MFA_FOR"])
        }
    }

    @Test func `a file of breached passwords that is none stops the start, with its name`() throws {
        let path = "/nowhere/pwned.txt"
        let error = #expect(throws: SettingsError.self) {
            try load(["KEY_ENCRYPTION_KEY": Self.key, "BREACHED_PASSWORDS_FILE": path])
        }
        #expect(error?.errors.map(\.key) == ["BREACHED_PASSWORDS_FILE"])
        #expect(error?.errors.first?.reason == "\(path) cannot be opened: No such file or directory")
    }

    @Test func `secrets are not shown`() throws {
        let table = try load([
            "KEY_ENCRYPTION_KEY": Self.key, "DATABASE_URL": "postgres://u:hush@h/d",
            "MAIL_URL": "smtps://u:hush@mx.example.com",
            "SERVICE_CLIENTS": "a hushhushhushhushhushhushhushhush users:read",
        ]).table
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
