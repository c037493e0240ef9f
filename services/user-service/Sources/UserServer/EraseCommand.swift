import ArgumentParser
import DomainKit
import Foundation
import Logging
import Postgres
import ServiceKit
import UserDomain
import UserStorage

/// `erase --email`: for those who ask by letter, as they are banned or cannot sign in any more.
struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase an account at once, in all services.",
        discussion: """
            Without a time of grace, and whether the account is banned or not: first make sure that it is its owner who asks. \
            The other services follow by themselves; `GET /v1/admin/erasures?user_id=` tells how far they are.
            """)

    @Option(help: "The account's e-mail address.")
    var email: String

    func run() async throws {
        let (config, boot) = try UserServer.boot()
        let wiring = try UserWiring(config, logger: boot.logger)
        do {
            let id = try await wiring.database.closing { try await Self.erase(email, in: wiring.adapters.store) }
            print("erased \(id)")
        } catch let failure as Failure {
            let cause = failure.cause.map { " (\($0))" } ?? ""
            FileHandle.standardError.write(Data("erase: \(failure.message)\(cause)\n".utf8))
            throw ExitCode(1)
        }
    }

    /// Fails: `userNotFound`, `changedMeanwhile`, `lastAdmin`, unavailable.
    static func erase(_ email: String, in users: some UserStore) async throws -> UserID {
        guard let address = try? EmailAddress(email),
            let user = try await users.credentials(of: address, device: nil)?.user
        else { throw Failure.userNotFound }
        let change = try await users.erase(user.id, ifVersion: user.version, by: AuditAuthor(actor: .operator))
        guard case .made = change else { throw Failure.changedMeanwhile }
        return user.id
    }
}
