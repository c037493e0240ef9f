import Foundation

/// An Argon2id hash in text: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, base64 without padding.
struct PHCString: Sendable, Hashable {
    let effort: Argon2Effort
    let salt: [UInt8]
    let hash: [UInt8]

    init(effort: Argon2Effort, salt: [UInt8], hash: [UInt8]) {
        self.effort = effort
        self.salt = salt
        self.hash = hash
    }

    /// Nil for other algorithms and versions, more lanes, salts of another length, and for what would take
    /// less than libsodium's 8 KiB, or more than 1 GiB or 64 passes to check.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19",
            let effort = Argon2Effort(phc: parts[3]), let salt = Self.decode(parts[4]),
            let hash = Self.decode(parts[5]),
            salt.count == Argon2id.saltLength, (16...64).contains(hash.count)
        else { return nil }
        self.init(effort: effort, salt: salt, hash: hash)
    }

    var text: String {
        "$argon2id$v=19$m=\(effort.memoryKiB),t=\(effort.passes),p=1$\(Self.encode(salt))$\(Self.encode(hash))"
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        var text = Data(bytes).base64EncodedString()
        while text.hasSuffix("=") { text.removeLast() }
        return text
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        guard !text.hasSuffix("=") else { return nil }
        return Data(base64Encoded: text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)).map(Array.init)
    }
}

extension Argon2Effort {
    fileprivate init?(phc text: Substring) {
        var values: [Substring: UInt32] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=")
            guard pair.count == 2, let value = UInt32(pair[1]) else { return nil }
            values[pair[0]] = value
        }
        guard values.count == 3, let memory = values["m"], let passes = values["t"], values["p"] == 1,
            (8...1_048_576).contains(memory), (1...64).contains(passes)
        else { return nil }
        self.init(memoryKiB: memory, passes: passes)
    }
}
