import DomainKit

/// The passwords that are known from breaches of other places, which guessers try next.
public protocol BreachedPasswords: Sendable {
    /// Fails: unavailable, where they cannot be looked at.
    func contains(_ password: Password) async throws -> Bool
}

/// Where nobody has given such a list.
public struct NoBreachedPasswords: BreachedPasswords {
    public init() {}

    public func contains(_ password: Password) async throws -> Bool { false }
}

extension BreachedPasswords {
    /// - Parameter pointer: where the password stands in the body.
    ///
    /// Fails: `invalid`, unavailable.
    func refuse(_ password: Password, at pointer: String) async throws {
        guard try await contains(password) else { return }
        throw Failure.invalid([
            Violation(
                pointer: pointer, code: "breached",
                detail: "This password is known from a breach of another place; it may be somebody else's as well.")
        ])
    }
}
