import Foundation

/// A `ws:` or `wss:` address, taken apart (RFC 6455 §3).
struct WebSocketURL: Hashable, Sendable {
    var isSecure: Bool
    /// A name, or an IP address without brackets.
    var host: String
    var port: Int
    /// Path and query as the request line has them; never empty.
    var target: String
    /// As `Host` says it: brackets around IPv6, the port where it is not the scheme's own (§4.1).
    var authority: String

    /// Fails with `WebSocketClientError.invalidURL`, which repeats nothing of `text`: it may hold a secret.
    init(_ text: String) throws(WebSocketClientError) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            throw .invalidURL("it cannot be read")
        }
        guard scheme == "ws" || scheme == "wss" else { throw .invalidURL("its scheme is neither ws nor wss") }
        guard let written = parts.encodedHost, !written.isEmpty else { throw .invalidURL("it has no host") }
        guard parts.fragment == nil else { throw .invalidURL("it has a fragment") }
        guard parts.user == nil, parts.password == nil else {
            throw .invalidURL("it names a user; say who calls in a header")
        }
        isSecure = scheme == "wss"
        let standardPort = isSecure ? 443 : 80
        let hasPort = parts.rangeOfPort.map { !$0.isEmpty } ?? false
        // A number too long to be one is left out by the parser.
        port = parts.port ?? (hasPort ? 0 : standardPort)
        guard (1...65_535).contains(port) else { throw .invalidURL("its port is none") }
        let isBracketed = written.hasPrefix("[") && written.hasSuffix("]")
        host = isBracketed ? String(written.dropFirst().dropLast()) : written
        authority = (host.contains(":") ? "[\(host)]" : host) + (port == standardPort ? "" : ":\(port)")
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        target = path + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
    }
}
