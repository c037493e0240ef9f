import HTTPTypes

/// An extension's name and parameters, as one member of `Sec-WebSocket-Extensions` says them (RFC 6455 §9.1).
public struct WebSocketExtensionTerms: Hashable, Sendable {
    public struct Parameter: Hashable, Sendable {
        /// A token.
        public var name: String
        /// A token, or nil for a parameter that only is there.
        public var value: String?

        public init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    public var name: String
    /// In the order they were said in; one may be there twice, which is the extension's to judge.
    public var parameters: [Parameter]

    public init(_ name: String, _ parameters: [Parameter] = []) {
        self.name = name
        self.parameters = parameters
    }

    /// All members of all lines of the field, in order. Nil where it breaks the grammar, for which the connection fails.
    static func list(in fields: HTTPFields) -> [WebSocketExtensionTerms]? {
        var terms: [WebSocketExtensionTerms] = []
        for line in fields[values: .secWebSocketExtensions] {
            var scanner = TermsScanner(line)
            guard let more = scanner.list() else { return nil }
            terms += more
        }
        return terms
    }

    /// As a member of the field.
    var fieldValue: String {
        parameters.reduce(into: name) { text, parameter in
            text += "; " + parameter.name
            if let value = parameter.value { text += "=" + value }
        }
    }

    func isNamed(_ name: String) -> Bool {
        self.name.lowercased() == name.lowercased()
    }
}

/// Reads the grammar of one line: `token *( ";" token [ "=" ( token / quoted-string ) ] )`, with commas between members,
/// empty members left out and white space around everything.
private struct TermsScanner {
    private var rest: Substring.UTF8View

    init(_ line: String) {
        rest = line[...].utf8
    }

    mutating func list() -> [WebSocketExtensionTerms]? {
        var terms: [WebSocketExtensionTerms] = []
        while true {
            while skip(",") {}
            if rest.isEmpty { return terms }
            guard let member = member(), rest.isEmpty || skip(",") else { return nil }
            terms.append(member)
        }
    }

    private mutating func member() -> WebSocketExtensionTerms? {
        guard let name = token() else { return nil }
        var terms = WebSocketExtensionTerms(name)
        while skip(";") {
            guard let name = token() else { return nil }
            guard skip("=") else {
                terms.parameters.append(.init(name))
                continue
            }
            guard let value = skip("\"") ? quoted() : token() else { return nil }
            terms.parameters.append(.init(name, value))
        }
        return terms
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        // Inside quotes a space means itself.
        if character != "\"" { skipSpace() }
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    private mutating func token() -> String? {
        let token = rest.prefix(while: Self.isTokenByte)
        rest = rest.dropFirst(token.count)
        skipSpace()
        return token.isEmpty ? nil : String(Substring(token))
    }

    /// What a quoted string holds must be a token as well.
    private mutating func quoted() -> String? {
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                skipSpace()
                guard !value.isEmpty, value.allSatisfy(Self.isTokenByte) else { return nil }
                return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped)
            default: value.append(byte)
            }
        }
        return nil
    }

    /// RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
