public import NIOCore

/// Walks over the bytes of one JSON document (RFC 8259) without building anything: the one grammar of the platform, for
/// the bodies of requests (`JSONDecoding`) and for what takes its members straight from the bytes, as socket frames do.
///
/// Nothing is more lenient than the grammar. Containers are at most `maximumDepth` deep, so that no document exhausts
/// the stack; everything else is bounded by its size. Whether a string of the grammar is also text is asked of the
/// `JSONText`, so a reader can tell a document that is none from one with a wrong value in it.
public struct JSONScanner {
    public enum Fault: Error, Sendable {
        /// Outside the grammar: the bytes are no JSON document. Nothing that follows can be read.
        case malformed(StaticString)
        /// Nothing that follows can be read either.
        case tooDeep
        /// A string of the grammar that is no text; reading can go on after it.
        case invalidText(StaticString)
        /// An object has two members of this name (readers disagree on which one counts).
        case duplicate
    }

    public enum Container: Sendable { case object, array }

    /// What a value is, as its first byte tells.
    public enum Kind: Sendable { case null, boolean, number, string, object, array }

    public static let maximumDepth = 64

    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    private var depth = 0

    /// The bytes must outlive the scanner and every `JSONText` of it.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// Runs `body` at the beginning of `document`.
    public static func scan<Value, Refusal>(
        _ document: ByteBuffer, _ body: (inout JSONScanner) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        try document.withUnsafeReadableBytes { raw throws(Refusal) in
            try raw.withMemoryRebound(to: UInt8.self) { bytes throws(Refusal) in
                var scanner = JSONScanner(bytes)
                return try body(&scanner)
            }
        }
    }

    /// What begins here; nil where no value does.
    public mutating func kind() -> Kind? {
        switch peek() {
        case UInt8(ascii: "\""): .string
        case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): .number
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        default: nil
        }
    }

    /// The document must be over. Fails: `malformed`.
    public mutating func end() throws(Fault) {
        if peek() != nil { throw .malformed("there is more after its end") }
    }

    /// The next byte that is no white space.
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }
}

// MARK: - Objects and arrays

extension JSONScanner {
    /// Goes into the container that must begin here, and says whether there is anything in it.
    public mutating func enter(_ container: Container) throws(Fault) -> Bool {
        guard take(container.opening) else { throw .malformed("a value is missing") }
        guard depth < Self.maximumDepth else { throw .tooDeep }
        depth += 1
        return !leaves(container)
    }

    /// Says after a member or element whether another one follows; leaves the container when not.
    public mutating func goesOn(in container: Container) throws(Fault) -> Bool {
        if take(UInt8(ascii: ",")) { return true }
        guard leaves(container) else { throw .malformed("a comma or the end of an object or array is missing") }
        return false
    }

    /// The name of a member and the colon behind it.
    public mutating func name() throws(Fault) -> JSONText {
        guard peek() == UInt8(ascii: "\"") else { throw .malformed("the name of a member is missing") }
        let name = try text()
        guard take(UInt8(ascii: ":")) else { throw .malformed("a colon is missing") }
        return name
    }

    private mutating func leaves(_ container: Container) -> Bool {
        guard take(container.closing) else { return false }
        depth -= 1
        return true
    }

    /// Passes over a value of any kind, whose grammar is checked and nothing else.
    public mutating func skipValue() throws(Fault) {
        switch kind() {
        case .null: try null()
        case .boolean: _ = try boolean()
        case .number: _ = try number()
        case .string: _ = try text()
        case .object:
            var goesOn = try enter(.object)
            while goesOn {
                _ = try name()
                try skipValue()
                goesOn = try self.goesOn(in: .object)
            }
        case .array:
            var goesOn = try enter(.array)
            while goesOn {
                try skipValue()
                goesOn = try self.goesOn(in: .array)
            }
        case nil: throw .malformed("a value is missing")
        }
    }
}

extension JSONScanner.Container {
    fileprivate var opening: UInt8 { self == .object ? UInt8(ascii: "{") : UInt8(ascii: "[") }
    fileprivate var closing: UInt8 { self == .object ? UInt8(ascii: "}") : UInt8(ascii: "]") }
}
