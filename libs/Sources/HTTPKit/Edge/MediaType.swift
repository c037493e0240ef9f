/// What a `Content-Type` field says (RFC 9110 §8.3.1): types and the names of parameters in lower case, as they are
/// compared without it.
public struct MediaType: Sendable, Hashable {
    /// `application/json`.
    public let essence: String
    /// In order, without quotes. The case of values is kept.
    public let parameters: [Parameter]

    public struct Parameter: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// Nil for what is no media type.
    public init?(_ field: String) {
        let parts = MediaType.parts(field)
        let type = parts[0].trimmingSpace.lowercased()
        let names = type.split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, names.allSatisfy({ MediaType.isToken($0) }) else { return nil }
        essence = type
        var found: [Parameter] = []
        for part in parts.dropFirst().map(\.trimmingSpace) where !part.isEmpty {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, MediaType.isToken(pair[0]), let value = MediaType.value(pair[1]) else { return nil }
            found.append(Parameter(name: pair[0].lowercased(), value: value))
        }
        parameters = found
    }

    /// Cut at semicolons that are in no quoted string.
    private static func parts(_ field: String) -> [String] {
        var (parts, isQuoted, isEscaped) = ([[UInt8]()], false, false)
        for byte in field.utf8 {
            if byte == UInt8(ascii: ";"), !isQuoted {
                parts.append([])
                continue
            }
            if byte == UInt8(ascii: "\""), !isEscaped { isQuoted.toggle() }
            isEscaped = isQuoted && !isEscaped && byte == UInt8(ascii: "\\")
            parts[parts.count - 1].append(byte)
        }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }

    /// A token, or the content of a quoted string. Nil for neither.
    private static func value(_ text: Substring) -> String? {
        guard text.hasPrefix("\"") else { return isToken(text) ? String(text) : nil }
        let bytes = Array(text.utf8)
        guard bytes.count >= 2, bytes.last == UInt8(ascii: "\"") else { return nil }
        var (value, isEscaped) = ([UInt8](), false)
        for byte in bytes[1..<(bytes.count - 1)] {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
                continue
            }
            guard isEscaped || byte != UInt8(ascii: "\"") else { return nil }
            value.append(byte)
            isEscaped = false
        }
        return isEscaped ? nil : String(decoding: value, as: UTF8.self)
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
