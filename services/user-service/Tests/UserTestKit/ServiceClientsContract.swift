import Foundation
public import UserDomain

/// What every `ServiceClients` promises.
public struct ServiceClientsContract: Sendable {
    private let clients: any ServiceClients
    private let advance: @Sendable (Duration) async throws -> Void
    private let overlap = Duration.seconds(86_400)

    /// - Parameter advance: lets the store's time pass.
    public init(_ clients: some ServiceClients, advance: @escaping @Sendable (Duration) async throws -> Void) {
        self.clients = clients
        self.advance = advance
    }

    private func declare(_ secret: UInt8, of name: String = "chat", _ scopes: Set<ServiceScope> = [.decide])
        async throws
    {
        try await clients.declare([.sample(name, secret, scopes)], overlap: overlap)
    }

    private func secrets(of name: String = "chat") async throws -> [UInt8] {
        try await clients.client(name)?.secrets.map { $0[0] } ?? []
    }

    public func knowsWhatWasDeclaredLast() async throws {
        let (chat, video) = (
            ServiceClientDeclaration.sample("chat", 1, [.decide]),
            ServiceClientDeclaration.sample("video", 2, [.decide, .identityEvents])
        )
        try await clients.declare([chat, video], overlap: overlap)
        let found = try await clients.client("video")
        try promise(found?.id == video.id && found?.scopes == video.scopes, "a client is told as it was declared")
        try promise(found?.secrets == [video.secret], "with its secret")
        try promise(await clients.client("nobody") == nil, "and no other is there")
        try await clients.declare([.sample("chat", 1, [.readUsers])], overlap: overlap)
        try promise(await clients.client("video") == nil, "what is left out is gone")
        try promise(await clients.client("chat")?.scopes == [.readUsers], "scopes are those declared last")
        try await clients.declare([], overlap: overlap)
        try promise(await clients.client("chat") == nil, "nothing declared is nobody")
    }

    public func letsTheFormerSecretCountForAWhile() async throws {
        try await declare(1)
        try await declare(2)
        try promise(await secrets() == [2, 1], "the former secret counts beside the new one")
        try await advance(overlap - .seconds(60))
        try await declare(2)
        try promise(await secrets() == [2, 1], "until its time is over")
        try await advance(.seconds(61))
        try promise(await secrets() == [2], "which saying the same again does not put off")
    }

    public func countsTwoSecretsAtMost() async throws {
        for secret in 1...3 as ClosedRange<UInt8> { try await declare(secret) }
        try promise(await secrets() == [3, 2], "an even earlier one does not count any more")
        try await declare(2)
        try promise(await secrets() == [2, 3], "going back to the former one is a change like any other")
        try await advance(overlap * 2)
        try promise(await secrets() == [2], "and it is the present one then")
    }
}

extension ServiceClientDeclaration {
    public static func sample(
        _ name: String, _ secret: UInt8, _ scopes: Set<ServiceScope> = [.decide]
    ) -> ServiceClientDeclaration {
        ServiceClientDeclaration(
            id: ServiceClientID(stored: name), scopes: scopes,
            secret: ServiceSecretDigest(repeating: secret, count: 32))
    }
}
