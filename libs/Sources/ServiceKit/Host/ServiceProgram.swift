public import ArgumentParser
import Foundation
import Logging

/// The whole of a service binary: `serve` (what it does without a word), `migrate`, `config`, `routes`, and what it adds.
///
/// ```swift
/// @main
/// enum ChatServer: ServiceProgram {
///     static let name = "chat-service"
///
///     static func serve(_ config: ChatConfig, _ boot: Boot) async throws -> ServiceHost { ... }
///     static func migrate(_ config: ChatConfig, _ boot: Boot) async throws { ... }
/// }
/// ```
public protocol ServiceProgram: Sendable {
    associatedtype Configuration: ServiceConfiguration

    static var name: String { get }
    /// Puts the parts together; the host it returns is then run, or tells its routes. Waits for nothing outside.
    static func serve(_ configuration: Configuration, _ boot: Boot) async throws -> ServiceHost
    /// Brings the database to this version. Safe to run at any time and by several replicas at once.
    static func migrate(_ configuration: Configuration, _ boot: Boot) async throws
    /// Subcommands beside the standard ones; each begins with `try Self.boot()`.
    static var commands: [any ParsableCommand.Type] { get }
}

extension ServiceProgram {
    public static var commands: [any ParsableCommand.Type] { [] }

    public static func main() async {
        await ProgramCommand<Self>.main()
    }

    /// Loads the settings and installs logs and metrics. Fails: `ExitCode(1)` after every bad setting was printed,
    /// one a line.
    public static func boot() throws -> (Configuration, Boot) {
        do throws(SettingsError) {
            let configuration = try Settings.load(Configuration.self).configuration
            return (configuration, Boot.install(service: name, common: configuration.common))
        } catch {
            for problem in error.errors { printError("\(name): \(problem)") }
            throw ExitCode(1)
        }
    }

    /// One line on standard error and exit code 1 for whatever ends a command early; a code that was chosen stays.
    public static func reporting(_ boot: Boot, _ body: () async throws -> Void) async throws {
        defer { LogSink.standardError.flush() }
        do {
            try await body()
        } catch let code as ExitCode {
            throw code
        } catch {
            boot.logger.critical("\(String(describing: error))")
            throw ExitCode(1)
        }
    }
}

func printError(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}
