/// One setting as it was found: what `config` prints, and what a test holds against `.env.example`.
public struct Setting: Sendable, Hashable {
    public enum Source: Sendable, Hashable, CustomStringConvertible {
        case environment
        case secretFile(String)
        case standard
        /// Nowhere, and it has no default.
        case missing

        public var description: String {
            switch self {
            case .environment: "environment"
            case .secretFile(let path): path
            case .standard: "default"
            case .missing: "missing"
            }
        }
    }

    public let key: String
    /// As text, before it was given a type.
    public let value: String
    public let source: Source
    /// Nil when the setting must be given.
    public let standard: String?
    public let isSecret: Bool
    /// One line of meaning.
    public let meaning: String

    /// The value as it may be shown: secrets only by whether they are there.
    public var shown: String { isSecret && !value.isEmpty ? "********" : value }
}

/// What is wrong with one setting.
public struct SettingError: Sendable, Hashable, CustomStringConvertible {
    public let key: String
    public let reason: String

    public var description: String { "\(key): \(reason)" }
}

/// Everything wrong with the settings of a service, told at once.
public struct SettingsError: Error, CustomStringConvertible {
    public let errors: [SettingError]

    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
