public import Foundation

/// Where values come from: the environment over mounted secret files. Defaults stand with the declarations.
public struct SettingsSource: Sendable {
    private let environment: [String: String]
    private let secretsDirectory: String

    /// Secret files are looked for in `SECRETS_DIR`, named as the key or as the key in lower case.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
        secretsDirectory = environment["SECRETS_DIR"] ?? ""
    }

    enum Found {
        case value(String, Setting.Source)
        case unreadable(String)
        case nothing
    }

    /// An empty variable counts as not set, as compose files and manifests cannot leave one out.
    func find(_ key: String) -> Found {
        if let value = environment[key], !value.isEmpty { return .value(value, .environment) }
        guard !secretsDirectory.isEmpty else { return .nothing }
        for name in [key, key.lowercased()] {
            let path = secretsDirectory + "/" + name
            guard FileManager.default.fileExists(atPath: path) else { continue }
            guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
            else { return .unreadable(path) }
            return .value(text.trimmingCharacters(in: .newlines), .secretFile(path))
        }
        return .nothing
    }
}
