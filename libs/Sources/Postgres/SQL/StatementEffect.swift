/// What a statement leaves behind on its connection, as far as its text tells.
///
/// A connection that others will use after it has to be as they expect it. What a function does behind a `SELECT` cannot
/// be seen here, unless its name is one of the server's own.
enum StatementEffect: Equatable {
    /// Nothing that outlives its transaction.
    case none
    /// It opens or ends a transaction.
    case transaction
    /// Settings, temporary objects, subscriptions, prepared statements, session locks: or something unknown.
    case session
    /// `COPY`, which this client does not speak.
    case copy

    init(of text: String) {
        let words = StatementWords(text, limit: 6).words
        switch words.first ?? "" {
        case "SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "EXPLAIN", "CREATE":
            self = Self.touchesSession(text, words) ? .session : .none
        case "", "ALTER", "DROP", "GRANT", "REVOKE", "TRUNCATE", "COMMENT", "ANALYZE", "VACUUM", "REINDEX", "CLUSTER",
            "REFRESH", "CHECKPOINT", "NOTIFY", "SHOW", "LOCK", "SECURITY", "REASSIGN", "SAVEPOINT", "RELEASE", "FETCH",
            "MOVE", "CLOSE":
            self = .none
        case "BEGIN", "START", "COMMIT", "END", "ABORT": self = .transaction
        case "ROLLBACK": self = words.contains("TO") ? .none : .transaction
        case "PREPARE": self = words.dropFirst().first == "TRANSACTION" ? .transaction : .session
        case "SET": self = ["LOCAL", "TRANSACTION", "CONSTRAINTS"].contains(words.dropFirst().first) ? .none : .session
        case "DECLARE": self = text.uppercased().contains("HOLD") ? .session : .none
        case "COPY": self = .copy
        default: self = .session
        }
    }

    private static func touchesSession(_ text: String, _ words: [String]) -> Bool {
        if words.first == "CREATE", words.contains("TEMP") || words.contains("TEMPORARY") { return true }
        let text = text.lowercased()
        if setsSession(text) { return true }
        let names = ["pg_advisory_lock", "pg_try_advisory_lock", "pg_temp", "pg_settings"]
        if names.contains(where: { text.contains($0) }) { return true }
        // `SELECT ... INTO TEMP t`; what is inserted into may be called so.
        return words.first != "INSERT" && words.first != "MERGE"
            && text.split(whereSeparator: \.isWhitespace).adjacentPairs.contains { first, second in
                first == "into" && (second == "temp" || second == "temporary")
            }
    }

    /// Whether there is a `set_config` other than one whose last argument is a plain `true`: that one ends with its
    /// transaction, as `SET LOCAL` does.
    private static func setsSession(_ text: String) -> Bool {
        let calls = text.split(separator: "set_config", omittingEmptySubsequences: false).dropFirst()
        return calls.contains { call in
            let arguments = call.prefix { $0 != ")" }
            let isWhole = arguments.first == "(" && arguments.count { $0 == "'" }.isMultiple(of: 2)
            return !isWhole || arguments.split(separator: ",").last?.filter { !$0.isWhitespace } != "true"
        }
    }
}

extension Sequence {
    fileprivate var adjacentPairs: Zip2Sequence<Self, DropFirstSequence<Self>> { zip(self, dropFirst()) }
}

/// The words a statement begins with, in capitals; comments, brackets and stray semicolons are no words.
struct StatementWords {
    private(set) var words: [String] = []
    private var rest: Substring.UTF8View

    init(_ text: String, limit: Int) {
        rest = text[...].utf8
        while words.count < limit {
            skipBlanks()
            let word = rest.prefix { $0.isWordByte }
            if word.isEmpty { return }
            words.append(String(Substring(word)).uppercased())
            rest = rest.dropFirst(word.count)
        }
    }

    private mutating func skipBlanks() {
        while let byte = rest.first, !byte.isWordByte {
            if rest.starts(with: "--".utf8) {
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            } else if rest.starts(with: "/*".utf8) {
                skipComment()
            } else if byte.isBlank {
                rest = rest.dropFirst()
            } else {
                return
            }
        }
    }

    /// Comments nest in PostgreSQL.
    private mutating func skipComment() {
        var depth = 0
        repeat {
            if rest.starts(with: "/*".utf8) {
                depth += 1
                rest = rest.dropFirst(2)
            } else if rest.starts(with: "*/".utf8) {
                depth -= 1
                rest = rest.dropFirst(2)
            } else {
                rest = rest.dropFirst()
            }
        } while depth > 0 && !rest.isEmpty
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool {
        self <= UInt8(ascii: " ") || self == UInt8(ascii: "(") || self == UInt8(ascii: ";")
    }

    fileprivate var isWordByte: Bool {
        let lower = self | 0x20
        return (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")) || self == UInt8(ascii: "_")
            || (self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9"))
    }
}
