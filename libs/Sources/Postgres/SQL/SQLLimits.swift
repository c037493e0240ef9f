/// What is refused before it is sent, as the server could not take it or this client could not take the answer.
extension SQL {
    /// The protocol counts binds in 16 bits.
    static let mostBinds = 65_535
    /// The server takes no message of 1 GiB.
    private static let mostBytes = 1 << 30 - 1

    /// Fails with kind `.encoding` or `.usage`.
    func check() throws(PostgresError) {
        if let flaw { throw PostgresError(.encoding, flaw) }
        guard placeholders.count <= Self.mostBinds else {
            throw PostgresError(
                .usage, "\(placeholders.count) binds, where \(Self.mostBinds) are the most: bind an array")
        }
        guard bytes.count < Self.mostBytes, text.utf8.count < Self.mostBytes else {
            throw PostgresError(.encoding, "a statement of 1 GiB or more")
        }
        if firstWord == Self.copy { throw PostgresError(.usage, "COPY is not supported") }
    }

    /// The same for a statement inside a transaction, whose beginning and end are its closure's.
    func checkInTransaction() throws(PostgresError) {
        try check()
        guard let word = firstWord, Self.boundaries.contains(word), StatementEffect(of: text) == .transaction else {
            return
        }
        throw PostgresError(.usage, "a transaction begins and ends with its closure")
    }

    private static let copy = pack("COPY".utf8)
    private static let boundaries = ["BEGIN", "START", "COMMIT", "END", "ABORT", "ROLLBACK", "PREPARE"]
        .map { pack($0.utf8) }

    /// The first word in capitals, packed into a number: looked at for every statement, so without a string of its own.
    private var firstWord: UInt64? {
        let utf8 = text.utf8
        guard let start = utf8.firstIndex(where: { $0 > UInt8(ascii: " ") }) else { return nil }
        guard utf8[start].isASCIILetter else {
            // A comment or a bracket: rare enough for the long way.
            return StatementWords(text, limit: 1).words.first.map { Self.pack($0.utf8) }
        }
        return Self.pack(utf8[start...])
    }

    /// Eight letters; of a longer word the last eight of nine, which is none of those looked for.
    private static func pack(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var packed: UInt64 = 0
        for byte in bytes.prefix(9) {
            guard byte.isASCIILetter else { break }
            packed = packed << 8 | UInt64(byte & 0xdf)
        }
        return packed
    }
}

extension UInt8 {
    fileprivate var isASCIILetter: Bool {
        let lower = self | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
    }
}
