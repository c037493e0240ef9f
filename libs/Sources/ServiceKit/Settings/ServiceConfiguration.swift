/// All settings of a service, typed.
public protocol ServiceConfiguration: Sendable {
    init(from settings: inout SettingsReader)
    /// The settings every service has.
    var common: CommonSettings { get }
}

/// A configuration together with the table it was read into.
public struct LoadedSettings<Configuration: ServiceConfiguration>: Sendable {
    public let configuration: Configuration
    public let table: [Setting]
}

public enum Settings {
    /// Reads all settings of `type`. Fails: `SettingsError` that lists every bad one.
    public static func load<Configuration: ServiceConfiguration>(
        _ type: Configuration.Type, from source: SettingsSource = SettingsSource()
    ) throws(SettingsError) -> LoadedSettings<Configuration> {
        let (loaded, errors) = inspect(type, from: source)
        guard errors.isEmpty else { throw SettingsError(errors: errors) }
        return loaded
    }

    /// The same without failing: for `config`, which shows what is there beside what is wrong.
    static func inspect<Configuration: ServiceConfiguration>(
        _ type: Configuration.Type, from source: SettingsSource
    ) -> (LoadedSettings<Configuration>, [SettingError]) {
        var reader = SettingsReader(source)
        let configuration = Configuration(from: &reader)
        return (LoadedSettings(configuration: configuration, table: reader.table), reader.errors)
    }
}
