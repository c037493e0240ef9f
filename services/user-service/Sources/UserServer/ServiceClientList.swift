import ServiceKit
import UserDomain

/// `SERVICE_CLIENTS`: the services that may get tokens, one a line or with `;` between them, each `id secret scope,scope`.
enum ServiceClientList {
    struct Line: Sendable, Hashable {
        let id: ServiceClientID
        let secret: ServiceSecret
        let scopes: Set<ServiceScope>
    }

    /// For so long the former secret of a service counts beside a new one: until every replica has that.
    static let overlap = Duration.seconds(86_400)

    private static let key = "SERVICE_CLIENTS"

    /// What is wrong is noted, a line that cannot be read by its number: it has a secret in it. Nil where nothing is said,
    /// which changes nothing; the word `none` is an empty list.
    static func read(from settings: inout SettingsReader) -> [Line]? {
        let text = settings.secret(
            key, default: "",
            "Services that get tokens, for migrate: id secret scope,scope a line; none takes all away")
        if text.isEmpty { return nil }
        if text == "none" { return [] }
        var lines: [Line] = []
        let parts = text.split { $0.isNewline || $0 == ";" }
        for (index, part) in parts.enumerated() where !part.allSatisfy(\.isWhitespace) {
            guard let line = line(part) else {
                settings.note(
                    key,
                    "line \(index + 1) must be an id, a secret of 32 to 128 of A-Z a-z 0-9 - . _ ~, and scopes of "
                        + ServiceScope.allCases.map(\.rawValue).joined(separator: ", "))
                continue
            }
            if lines.contains(where: { $0.id == line.id }) { settings.note(key, "\(line.id) is there twice") }
            lines.append(line)
        }
        return lines
    }

    private static func line(_ text: Substring) -> Line? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let id = ServiceClientID(String(words[0])), let secret = ServiceSecret(String(words[1]))
        else { return nil }
        let names = words[2].split(separator: ",").map(String.init)
        let scopes = names.compactMap { ServiceScope(rawValue: $0) }
        guard !names.isEmpty, scopes.count == names.count else { return nil }
        return Line(id: id, secret: secret, scopes: Set(scopes))
    }
}
