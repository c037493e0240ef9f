import ArgumentParser
import DomainKit
import Foundation
import Logging
import Postgres
import ServiceKit
import UserDomain
import UserStorage

/// `create-admin --email`: an account with the role `admin`.
struct CreateAdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-admin",
        abstract: "Make an account with the role admin, or give an account that role.",
        discussion: """
            The password is read from ADMIN_PASSWORD, or from the first line of standard input when that is not a \
            terminal; without either one is made and printed, once. Doing it again changes nothing; another password \
            is set, and ends the account's sessions.
            """)

    @Option(help: "The account's e-mail address.")
    var email: String

    @Option(help: "The name others see, for a new account.")
    var displayName = "Administrator"

    func run() async throws {
        let (config, boot) = try UserServer.boot()
        let given = ProcessInfo.processInfo.environment["ADMIN_PASSWORD"] ?? (isatty(0) == 0 ? readLine() : nil)
        let password = given ?? Self.generatedPassword()
        do {
            let user = try await appoint(password: password, config, boot)
            print(given == nil ? "\(user.email) \(password)" : "\(user.email)")
        } catch let failure as Failure {
            FileHandle.standardError.write(Data("\(Self.explanation(of: failure))\n".utf8))
            throw ExitCode(1)
        }
    }

    private func appoint(password: String, _ config: UserConfig, _ boot: Boot) async throws -> User {
        let wiring = try UserWiring(config, logger: boot.logger)
        let appoint = AppointAdmin(
            users: wiring.adapters.store, hasher: wiring.adapters.hasher, ids: wiring.adapters.ids,
            clock: wiring.adapters.clock, breached: wiring.adapters.breached)
        return try await wiring.database.closing {
            try await appoint(email: email, password: password, displayName: displayName)
        }
    }

    private static func explanation(of failure: Failure) -> String {
        let details = failure.violations.map { "\($0.pointer.dropFirst()): \($0.detail)" }
        let cause = failure.cause.map { ["(\($0))"] } ?? []
        return "create-admin: " + ([failure.message] + details + cause).joined(separator: " ")
    }

    /// 124 random bits in groups a person can copy.
    private static func generatedPassword() -> String {
        let alphabet = Array("abcdefghjkmnpqrstuvwxyz23456789")
        return (0..<5).map { _ in String((0..<5).map { _ in alphabet[Int.random(in: alphabet.indices)] }) }
            .joined(separator: "-")
    }
}
