internal import Foundation
internal import Loopback

/// Where mail goes, as one setting says it.
///
/// | Form | Is |
/// |---|---|
/// | `file:///folder` | a file a mail |
/// | `smtp://[user:password@]host[:587]` | STARTTLS; to this machine only where it is offered |
/// | `smtps://[user:password@]host[:465]` | TLS from the first byte |
/// | `ses://region` | SESv2, with `?endpoint=https://...` elsewhere than at AWS's own |
///
/// Shows nothing of what it was made of where it is printed or dumped.
public enum MailURL: Sendable, Hashable {
    case file(folder: String)
    case smtp(SMTPConfiguration)
    case ses(SESConfiguration)

    /// Takes what is said in the table and nothing else; user and password percent-encoded.
    ///
    /// Of `smtp` and `smtps` it takes `ca_file`, the PEM file of the authorities to trust, and `name`, what to call
    /// oneself. Of `smtp` to this machine (`127.0.0.1`, `::1`, `localhost`) also `tls=off`, and `auth=plaintext`, without
    /// which credentials are not sent in the clear even there. Fails: `UnusableMailURL`, without repeating any of it.
    public init(_ text: String) throws(UnusableMailURL) {
        guard text.utf8.count <= 4_096, let parts = URLComponents(string: text), parts.fragment == nil else {
            throw .init("not a URL")
        }
        switch parts.scheme {
        case "file": self = .file(folder: try Self.folder(parts))
        case "smtp", "smtps": self = .smtp(try Self.smtp(parts))
        case "ses": self = .ses(try Self.ses(parts))
        default: throw .init("the scheme must be file, smtp, smtps or ses")
        }
    }

    private static func folder(_ parts: URLComponents) throws(UnusableMailURL) -> String {
        guard (parts.host ?? "").isEmpty, parts.user == nil, parts.port == nil, parts.query == nil else {
            throw .init("a file URL has a path and nothing else")
        }
        guard parts.path.hasPrefix("/"), !parts.path.contains("\0") else { throw .init("the URL names no folder") }
        return parts.path
    }

    private static func smtp(_ parts: URLComponents) throws(UnusableMailURL) -> SMTPConfiguration {
        let isImplicit = parts.scheme == "smtps"
        let host = try host(parts)
        let isHere = Loopback.contains(host)
        let query = try query(
            parts, of: ["ca_file", "name"] + (isHere && !isImplicit ? ["tls", "auth"] : []))
        let port = parts.port ?? (isImplicit ? 465 : 587)
        guard (1...65_535).contains(port) else { throw .init("the port is out of range") }
        guard ["", "/"].contains(parts.path) else { throw .init("a mail server has no path") }
        guard [nil, "off"].contains(query["tls"]), [nil, "plaintext"].contains(query["auth"]) else {
            throw .init("an option has a value it does not know")
        }
        let encryption: SMTPConfiguration.Encryption =
            isImplicit ? .implicit : query["tls"] != nil ? .none : isHere ? .startTLSIfOffered : .startTLS
        var configuration = SMTPConfiguration(
            host: host, port: port, encryption: encryption, credentials: try credentials(parts))
        configuration.allowsPlaintextLogin = query["auth"] != nil
        configuration.authoritiesFile = query["ca_file"]
        configuration.clientName = query["name"]
        guard configuration.clientName.map(isName) ?? true else { throw .init("the name is not one of a host") }
        return configuration
    }

    private static func ses(_ parts: URLComponents) throws(UnusableMailURL) -> SESConfiguration {
        guard parts.user == nil, parts.port == nil, ["", "/"].contains(parts.path) else {
            throw .init("an ses URL has a region and options")
        }
        let region = try host(parts)
        guard region.utf8.count <= 32, region.unicodeScalars.allSatisfy({ $0.isASCIILetterOrDigit || $0 == "-" }) else {
            throw .init("the region is not one")
        }
        let query = try query(parts, of: ["endpoint", "configuration_set"])
        guard let endpoint = query["endpoint"] else {
            return SESConfiguration(region: region, configurationSet: query["configuration_set"])
        }
        guard let url = URLComponents(string: endpoint), let host = url.host, !host.isEmpty, url.user == nil,
            url.query == nil, url.fragment == nil, ["", "/"].contains(url.path),
            url.scheme == "https" || url.scheme == "http" && Loopback.contains(host)
        else { throw .init("the endpoint must be https, or http to this machine") }
        let bare = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        return SESConfiguration(region: region, endpoint: bare, configurationSet: query["configuration_set"])
    }

    private static func host(_ parts: URLComponents) throws(UnusableMailURL) -> String {
        let host = (parts.host ?? "").lowercased()
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        guard !bare.isEmpty, bare.utf8.count <= 253,
            bare.unicodeScalars.allSatisfy({ $0.isASCIILetterOrDigit || "-.:".unicodeScalars.contains($0) })
        else { throw .init("the URL names no host") }
        return bare
    }

    private static func credentials(
        _ parts: URLComponents
    ) throws(UnusableMailURL) -> SMTPConfiguration.Credentials? {
        guard parts.user != nil || parts.password != nil else { return nil }
        // RFC 4616: NUL separates the parts.
        guard let user = parts.user, !user.isEmpty, let password = parts.password, !password.isEmpty,
            !(user + password).unicodeScalars.contains("\0"), (user + password).utf8.count <= 1_024
        else { throw .init("a user and a password belong together") }
        return .init(user: user, password: password)
    }

    private static func query(
        _ parts: URLComponents, of known: [String]
    ) throws(UnusableMailURL) -> [String: String] {
        var items: [String: String] = [:]
        for item in parts.queryItems ?? [] {
            guard known.contains(item.name), let value = item.value, !value.isEmpty,
                items.updateValue(value, forKey: item.name) == nil
            else { throw .init("an option it does not know, or twice, or without a value") }
        }
        return items
    }

    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.unicodeScalars.allSatisfy { $0.isASCIILetterOrDigit || "-.:[]".unicodeScalars.contains($0) }
    }
}

extension MailURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        switch self {
        case .file: "MailURL(file)"
        case .smtp: "MailURL(smtp)"
        case .ses: "MailURL(ses)"
        }
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a mail URL cannot be used. Repeats nothing of it, since it may hold a password.
public struct UnusableMailURL: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { "mail URL: \(reason)" }
}
