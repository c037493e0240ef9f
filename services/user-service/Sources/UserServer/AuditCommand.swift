import ArgumentParser
import DomainKit
import Foundation
import Postgres
import ServiceKit
import UserStorage

/// `audit`: what can be done with the audit trail beside reading it.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Look after the audit trail.", subcommands: [VerifyAuditCommand.self])
}

/// `audit verify`: whether every line is there and as it was written.
struct VerifyAuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Say whether every line of the audit trail is there and as it was written.",
        discussion: """
            Names the first line that was changed or is missing, and exits with 1 then. Whoever can write the whole \
            database can also write a trail that is whole in itself, or cut off its end: heads that the log told earlier \
            ("audit head", each minute) give that away.
            """)

    @Option(name: .customLong("head"), help: "A head that was told earlier, SEQ:HASH; may be given several times.")
    var heads: [String] = []

    func run() async throws {
        let kept = try heads.map { text in
            guard let head = AuditHead(text) else { throw ValidationError("--head \(text): SEQ:HASH is expected") }
            return head
        }
        let (config, boot) = try UserServer.boot()
        let wiring = try UserWiring(config, logger: boot.logger)
        do {
            let head = try await wiring.database.closing {
                try await AuditVerifier(database: wiring.database).verify(against: kept)
            }
            print("audit: \(head.seq) lines, whole and unchanged; head \(head)")
        } catch let flaw as AuditVerifier.Flaw {
            try Self.fail("\(flaw)")
        } catch let failure as Failure {
            try Self.fail(([failure.message] + (failure.cause.map { ["(\($0))"] } ?? [])).joined(separator: " "))
        }
    }

    private static func fail(_ message: String) throws {
        FileHandle.standardError.write(Data("audit: \(message)\n".utf8))
        throw ExitCode(1)
    }
}
