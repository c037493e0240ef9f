public import Foundation
public import Logging

/// Declares and reads settings in one stroke; a bad one is noted, replaced by a stand-in, and told of at the end
/// together with all others.
///
/// ```swift
/// struct ChatConfig: ServiceConfiguration {
///     let common: CommonSettings
///     let databaseURL: String
///
///     init(from settings: inout SettingsReader) {
///         common = CommonSettings(from: &settings, port: 8083, operationsPort: 9083)
///         databaseURL = settings.secret("DATABASE_URL", default: "postgres://...", "Where PostgreSQL is")
///     }
/// }
/// ```
public struct SettingsReader {
    /// Every setting declared so far, in order.
    public private(set) var table: [Setting] = []
    public private(set) var errors: [SettingError] = []
    private let source: SettingsSource

    public init(_ source: SettingsSource) {
        self.source = source
    }

    /// A text. Without a default it must be given; `allowed` limits it to some words.
    public mutating func string(
        _ key: String, default standard: String? = nil, oneOf allowed: [String] = [], _ meaning: String
    ) -> String {
        let text = read(key, standard, isSecret: false, meaning)
        if let text, !allowed.isEmpty, !allowed.contains(text) {
            note(key, "must be one of \(allowed.joined(separator: ", ")), and is \"\(text)\"")
        }
        return text ?? ""
    }

    /// A text nobody may see.
    public mutating func secret(_ key: String, default standard: String? = nil, _ meaning: String) -> String {
        read(key, standard, isSecret: true, meaning) ?? ""
    }

    /// A key of exactly `byteCount` bytes in base64 that nobody may see.
    public mutating func secretKey(
        _ key: String, byteCount: Int, default standard: String? = nil, _ meaning: String
    ) -> Data {
        guard let text = read(key, standard, isSecret: true, meaning) else { return Data(count: byteCount) }
        guard let data = Data(base64Encoded: text), data.count == byteCount else {
            note(key, "must be \(byteCount) bytes in base64")
            return Data(count: byteCount)
        }
        return data
    }

    /// A number within `range`.
    public mutating func integer(
        _ key: String, default standard: Int? = nil, in range: ClosedRange<Int> = 0...Int.max, _ meaning: String
    ) -> Int {
        guard let text = read(key, standard.map(String.init), isSecret: false, meaning) else { return range.lowerBound }
        guard let value = Int(text) else {
            note(key, "must be a whole number, and is \"\(text)\"")
            return range.lowerBound
        }
        guard range.contains(value) else {
            note(key, "must be from \(range.lowerBound) to \(range.upperBound), and is \(value)")
            return range.lowerBound
        }
        return value
    }

    /// A TCP port; 0 lets the system choose.
    public mutating func port(_ key: String, default standard: Int, _ meaning: String) -> Int {
        integer(key, default: standard, in: 0...65_535, meaning)
    }

    /// A length of time given in whole seconds.
    public mutating func seconds(
        _ key: String, default standard: Int, in range: ClosedRange<Int> = 0...31_536_000, _ meaning: String
    ) -> Duration {
        .seconds(integer(key, default: standard, in: range, meaning))
    }

    /// `true` or `false`.
    public mutating func bool(_ key: String, default standard: Bool, _ meaning: String) -> Bool {
        guard let text = read(key, String(standard), isSecret: false, meaning) else { return standard }
        guard let value = Bool(text) else {
            note(key, "must be true or false, and is \"\(text)\"")
            return standard
        }
        return value
    }

    /// An absolute URL of one of `schemes`. As the URL may hold a password, say so with `isSecret`.
    public mutating func url(
        _ key: String, default standard: String? = nil, schemes: [String], isSecret: Bool = false, _ meaning: String
    ) -> URL {
        let standIn = URL(fileURLWithPath: "/")
        guard let text = read(key, standard, isSecret: isSecret, meaning) else { return standIn }
        guard let url = URL(string: text), let scheme = url.scheme, schemes.contains(scheme) else {
            note(key, "must be a URL beginning with \(schemes.map { $0 + "://" }.joined(separator: " or "))")
            return standIn
        }
        return url
    }

    /// Words separated by commas; none is fine.
    public mutating func list(_ key: String, default standard: [String] = [], _ meaning: String) -> [String] {
        let text = read(key, standard.joined(separator: ","), isSecret: false, meaning) ?? ""
        return text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    public mutating func logLevel(_ key: String, default standard: Logger.Level, _ meaning: String) -> Logger.Level {
        let names = Logger.Level.allCases.map(\.rawValue)
        return Logger.Level(rawValue: string(key, default: standard.rawValue, oneOf: names, meaning)) ?? standard
    }

    /// Adds a finding of the caller's own, such as two settings that contradict each other.
    public mutating func note(_ key: String, _ reason: String) {
        errors.append(SettingError(key: key, reason: reason))
    }

    private mutating func read(_ key: String, _ standard: String?, isSecret: Bool, _ meaning: String) -> String? {
        var value = standard
        var origin: Setting.Source = standard == nil ? .missing : .standard
        switch source.find(key) {
        case .value(let text, let source):
            value = text
            origin = source
        case .unreadable(let path): note(key, "the file \(path) cannot be read as UTF-8")
        case .nothing where standard == nil: note(key, "must be set")
        case .nothing: break
        }
        table.append(
            Setting(
                key: key, value: value ?? "", source: origin, standard: standard, isSecret: isSecret, meaning: meaning))
        return value
    }
}
