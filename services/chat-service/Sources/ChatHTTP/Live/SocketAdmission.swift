import AuthKit
public import ChatDomain
public import DomainKit
import Foundation
import HTTPKit
import Synchronization

/// Who may open one more socket.
public struct SocketAdmission: Sendable {
    private let limits: ChatLimits
    private let quotas: ChatQuotas
    private let registry: any ConnectionRegistry
    private let clock: any WallClock

    public init(
        limits: ChatLimits, quotas: ChatQuotas, registry: any ConnectionRegistry, clock: any WallClock
    ) {
        self.limits = limits
        self.quotas = quotas
        self.registry = registry
        self.clock = clock
    }

    /// Counts a handshake against its network, before anything is known of who is there. Fails: rate limited.
    func require(from network: String) async throws {
        try await take(limits.socketsFromNetwork, "network \(network)")
    }

    /// A place for a socket among those of its user, by the tier they have now: a tier that lapses later closes none.
    ///
    /// Fails: rate limited, `tooManySockets`.
    func place(for principal: Principal, id: UUID, userAgent: String) async throws -> ConnectionPlace {
        let user = UserID(principal.userID)
        try await take(limits.sockets, "user \(user)")
        let connection = Connection(id: id, userID: user, connectedAt: clock.now, userAgent: userAgent)
        let most = quotas.limit(of: .sockets, for: principal.tier)
        switch await registry.add(connection, atMost: most) {
        case .added: return ConnectionPlace(connection, in: registry)
        case .full(let open): throw Failure.tooManySockets(QuotaUse(used: open, limit: most))
        }
    }

    private func take(_ policy: RateLimitPolicy, _ key: String) async throws {
        let decision = try await limits.store.take(1, from: policy, for: key)
        guard decision.isAllowed else { throw Failure.rateLimited(decision).with(policy.fields(decision)) }
    }
}

/// A socket's place among its user's: given back once, at the latest when nobody has it any more. So a handshake whose
/// client went away before the socket opened keeps none.
final class ConnectionPlace: Sendable {
    let connection: Connection
    private let registry: any ConnectionRegistry
    private let isGivenBack = Atomic(false)

    init(_ connection: Connection, in registry: any ConnectionRegistry) {
        self.connection = connection
        self.registry = registry
    }

    func giveBack() {
        if !isGivenBack.exchange(true, ordering: .relaxed) { registry.remove(connection) }
    }

    deinit { giveBack() }
}
