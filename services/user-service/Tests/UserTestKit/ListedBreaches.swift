public import UserDomain

/// A breach of so few passwords that they are known.
public struct ListedBreaches: BreachedPasswords {
    private let passwords: Set<[UInt8]>

    public init(_ passwords: String...) {
        self.passwords = Set(passwords.map { Array($0.utf8) })
    }

    public func contains(_ password: Password) async throws -> Bool { passwords.contains(password.bytes) }
}
