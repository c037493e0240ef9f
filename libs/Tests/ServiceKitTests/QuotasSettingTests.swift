import DomainKit
import ServiceKit
import Testing

private enum Thing: String, QuotaName {
    case rooms, sockets
}

private struct QuotasConfig: ServiceConfiguration {
    let common: CommonSettings
    let quotas: TierQuotas<Thing>

    init(from settings: inout SettingsReader) {
        common = CommonSettings(from: &settings, port: 8083, operationsPort: 9083)
        quotas = settings.quotas("CHAT_QUOTAS", default: "free rooms=20 sockets=10", "How much each tier may have")
    }
}

@Suite struct QuotasSettingTests {
    private func load(_ environment: [String: String]) throws(SettingsError) -> LoadedSettings<QuotasConfig> {
        try Settings.load(QuotasConfig.self, from: SettingsSource(environment: environment))
    }

    @Test func `quotas are read, and shown as they were given`() throws {
        #expect(try load([:]).configuration.quotas.limit(of: .rooms, for: "member") == 20)
        let text = "free rooms=1 sockets=2; member rooms=3 sockets=4"
        let loaded = try load(["CHAT_QUOTAS": text])
        #expect(loaded.configuration.quotas.limit(of: .sockets, for: "member") == 4)
        #expect(loaded.table.first { $0.key == "CHAT_QUOTAS" }?.shown == text)
    }

    @Test func `everything wrong with them is told under their name`() {
        let error = #expect(throws: SettingsError.self) { try load(["CHAT_QUOTAS": "member rooms=many sockets=1"]) }
        #expect(error?.errors.map(\.key) == ["CHAT_QUOTAS", "CHAT_QUOTAS"])
        #expect(error?.description.contains("CHAT_QUOTAS: must say rooms= of member with a whole number up to") == true)
    }
}
