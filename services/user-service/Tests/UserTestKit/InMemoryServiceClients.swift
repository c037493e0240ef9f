public import DomainKit
import Foundation
import Synchronization
public import UserDomain

/// Services that may get tokens, in memory.
public final class InMemoryServiceClients: ServiceClients {
    private struct Row {
        var scopes: Set<ServiceScope>
        /// The present one first; it ends never.
        var secrets: [(digest: ServiceSecretDigest, validUntil: Date)]
    }

    private let rows = Mutex<[String: Row]>([:])
    private let clock: any WallClock

    public init(clock: any WallClock) {
        self.clock = clock
    }

    public func client(_ name: String) async throws -> ServiceClient? {
        let now = clock.now
        return rows.withLock { rows in
            rows[name].map { row in
                ServiceClient(
                    id: ServiceClientID(stored: name), scopes: row.scopes,
                    secrets: row.secrets.filter { now < $0.validUntil }.map(\.digest), now: now)
            }
        }
    }

    public func declare(_ clients: [ServiceClientDeclaration], overlap: Duration) async throws {
        let end = clock.now.addingTimeInterval(overlap / .seconds(1))
        rows.withLock { rows in
            let former = rows
            rows = [:]
            for client in clients {
                var secrets = former[client.id.description]?.secrets ?? []
                if let present = secrets.first, present.digest != client.secret {
                    secrets[0].validUntil = end
                }
                secrets.removeAll { $0.digest == client.secret }
                secrets.insert((client.secret, .distantFuture), at: 0)
                rows[client.id.description] = Row(
                    scopes: client.scopes, secrets: Array(secrets.prefix(ServiceClient.mostSecrets)))
            }
        }
    }
}
