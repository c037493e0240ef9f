import ServiceKit
import Testing

private struct FollowerConfig: ServiceConfiguration {
    let common: CommonSettings
    let identity: IdentitySettings

    init(from settings: inout SettingsReader) {
        common = CommonSettings(from: &settings, port: 8083, operationsPort: 9083)
        identity = IdentitySettings(from: &settings, defaultClient: "chat-service")
    }
}

@Suite struct IdentitySettingsTests {
    private func load(_ environment: [String: String]) throws(SettingsError) -> LoadedSettings<FollowerConfig> {
        try Settings.load(FollowerConfig.self, from: SettingsSource(environment: environment))
    }

    @Test func `only the secret must be given, and it is not shown`() throws {
        let loaded = try load(["SERVICE_CLIENT_SECRET": "hush"])
        let identity = loaded.configuration.identity
        #expect(identity.url == "http://127.0.0.1:8081" && identity.clientID == "chat-service")
        #expect(identity.clientSecret == "hush")
        #expect(!loaded.table.contains { $0.shown.contains("hush") })
        let error = #expect(throws: SettingsError.self) { try load([:]) }
        #expect(error?.errors.map(\.key) == ["SERVICE_CLIENT_SECRET"])
    }

    @Test func `an address of another kind is named`() {
        let error = #expect(throws: SettingsError.self) {
            try load(["SERVICE_CLIENT_SECRET": "hush", "IDENTITY_URL": "file:///x"])
        }
        #expect(error?.errors.map(\.key) == ["IDENTITY_URL"])
    }
}
