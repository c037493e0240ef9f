import ArgumentParser
import DomainKit
import Foundation
import ServiceKit
import VideoDomain

/// `reconcile`: what restoring a backup leaves behind.
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Hold the object store and the database against each other.",
        discussion: """
            For when one of them was restored to an earlier moment than the other. Prints `unowned KEY BYTES` for objects that no \
            video and no upload knows, `missing ID` for videos whose object is not there and `damaged ID` for those whose object has \
            another size. Ends with 1 when there is one of these, since that is lost unless the store is restored, too.
            """)

    @Flag(help: "Note the unowned objects for the housekeeping to remove.")
    var remove = false

    @Option(help: "Leave out what was written in these last hours.")
    var hours: Int = 1

    func validate() throws {
        guard (0...8_760).contains(hours) else { throw ValidationError("--hours takes 0 to 8760.") }
    }

    func run() async throws {
        let (config, boot) = try VideoServer.boot()
        do {
            let wiring = try VideoWiring(config, logger: boot.logger)
            let date = Date(timeIntervalSinceNow: -Double(hours) * 3_600)
            let outcome = try await wiring.reconciliation(writtenBefore: date, abandoning: remove) { print($0) }
            print(
                "\(outcome.unowned) unowned, \(outcome.missing) missing, \(outcome.damaged) damaged, \(outcome.noted) to be removed"
            )
            if outcome.missing + outcome.damaged > 0 { throw ExitCode(1) }
        } catch let failure as Failure {
            let cause = failure.cause.map { " (\($0))" } ?? ""
            FileHandle.standardError.write(Data("reconcile: \(failure.message)\(cause)\n".utf8))
            throw ExitCode(1)
        }
    }
}
