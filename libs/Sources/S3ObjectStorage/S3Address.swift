import Foundation
import Loopback
public import ObjectStorage

/// Where a bucket is, as one setting says it: `s3://bucket?region=eu-west-1`.
///
/// | Option | Is |
/// |---|---|
/// | `region` | required; what signatures name |
/// | `endpoint` | `https://...`, or `http://...` to this machine; without it AWS's own for the region |
/// | `style` | `host`: the bucket is part of the host's name, as AWS wants it; `path`, as with an `endpoint` of one's own |
///
/// It has no credentials: those come from the environment.
public struct S3Address: Sendable, Hashable {
    public let bucket: String
    public let region: String
    let scheme: String
    /// As the `Host` field has it: with the bucket before it where it belongs there, and the port where it is not the
    /// scheme's own.
    let host: String
    /// Of every path: nothing, or the bucket.
    let folder: String

    /// Takes what is said in the table and nothing else. Fails: `badAddress`, without repeating any of it.
    public init(_ text: String) throws(ObjectStoreError) {
        guard text.utf8.count <= 2_048, let parts = URLComponents(string: text), parts.scheme == "s3" else {
            throw .badAddress(reason: "a bucket is given as s3://bucket?region=...")
        }
        guard parts.user == nil, parts.password == nil else {
            throw .badAddress(reason: "credentials come from the environment and do not belong into the address")
        }
        guard parts.port == nil, parts.fragment == nil, ["", "/"].contains(parts.path) else {
            throw .badAddress(reason: "the address has a bucket and options, and nothing else")
        }
        bucket = parts.host ?? ""
        guard Self.isBucket(bucket) else { throw .badAddress(reason: "the bucket's name is none that S3 takes") }
        let options = try Self.options(parts)
        region = options["region"] ?? ""
        guard Self.isRegion(region) else { throw .badAddress(reason: "the address needs region=...") }
        let suffix = region.hasPrefix("cn-") ? ".cn" : ""
        let (scheme, place) =
            try options["endpoint"].map(Self.endpoint)
            ?? ("https", "s3.\(region).amazonaws.com\(suffix)")
        // A certificate for `*.s3...` holds for no name with a dot in it.
        let isOwn = options["endpoint"] != nil || bucket.contains(".")
        switch options["style"] ?? (isOwn ? "path" : "host") {
        case "host": (host, folder) = ("\(bucket).\(place)", "")
        case "path": (host, folder) = (place, "/\(bucket)")
        default: throw .badAddress(reason: "style must be host or path")
        }
        self.scheme = scheme
    }

    /// As it goes on the request line. No key has anything to escape.
    func path(of key: ObjectKey?) -> String {
        key.map { "\(folder)/\($0)" } ?? (folder.isEmpty ? "/" : folder)
    }

    /// `query` is encoded.
    func url(_ path: String, query: String) -> String {
        "\(scheme)://\(host)\(path)" + (query.isEmpty ? "" : "?\(query)")
    }

    private static func options(_ parts: URLComponents) throws(ObjectStoreError) -> [String: String] {
        var options: [String: String] = [:]
        for item in parts.queryItems ?? [] {
            guard ["region", "endpoint", "style"].contains(item.name), let value = item.value, !value.isEmpty,
                options.updateValue(value, forKey: item.name) == nil
            else { throw .badAddress(reason: "an option it does not know, or twice, or without a value") }
        }
        return options
    }

    private static func endpoint(_ text: String) throws(ObjectStoreError) -> (scheme: String, host: String) {
        guard let url = URLComponents(string: text), let scheme = url.scheme, let host = url.host?.lowercased(),
            !host.isEmpty, url.user == nil, url.password == nil, url.query == nil, url.fragment == nil,
            ["", "/"].contains(url.path), scheme == "https" || scheme == "http" && Loopback.contains(host)
        else { throw .badAddress(reason: "the endpoint must be https, or http to this machine, and have no path") }
        guard host.utf8.allSatisfy({ isHostByte($0) }), (1...65_535).contains(url.port ?? 443) else {
            throw .badAddress(reason: "the endpoint names no host")
        }
        guard let port = url.port, port != (scheme == "https" ? 443 : 80) else { return (scheme, host) }
        return (scheme, "\(host):\(port)")
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }

    /// "General purpose bucket naming rules".
    private static func isBucket(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isPlain && (3...63).contains(name.utf8.count) && !name.contains("..")
            && [name.first, name.last].allSatisfy { $0 != "-" && $0 != "." }
    }

    private static func isRegion(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-")
            }
    }
}
