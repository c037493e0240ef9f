import Foundation

/// A language in which people are written to.
public enum Language: String, Sendable, Hashable, CaseIterable {
    case japanese = "ja"
    case english = "en"

    /// One of a later version is English here.
    public init(stored text: String) {
        self = Language(rawValue: text) ?? .english
    }

    /// The one a client likes best of those there are (RFC 9110 §12.5.4); English where it says nothing that is understood.
    public init(accepting field: String?) {
        var best: (language: Language, weight: Double)?
        for part in (field ?? "").prefix(1_000).split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            guard let tag = pieces.first?.lowercased().split(separator: "-").first,
                let language = Language(rawValue: String(tag))
            else { continue }
            let weight = Self.weight(pieces.dropFirst().first)
            if weight > best?.weight ?? 0 { best = (language, weight) }
        }
        self = best?.language ?? .english
    }

    private static func weight(_ parameter: String?) -> Double {
        guard let parameter else { return 1 }
        guard parameter.lowercased().hasPrefix("q="), let weight = Double(parameter.dropFirst(2)),
            (0...1).contains(weight)
        else { return 0 }
        return weight
    }
}
