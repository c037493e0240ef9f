import ArgumentParser
import Foundation
import HTTPKit

struct ProgramCommand<Program: ServiceProgram>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Program.name,
            subcommands: [
                ServeCommand<Program>.self, MigrateCommand<Program>.self, ConfigCommand<Program>.self,
                RoutesCommand<Program>.self,
            ] + Program.commands,
            defaultSubcommand: ServeCommand<Program>.self)
    }
}

private struct ServeCommand<Program: ServiceProgram>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "serve", abstract: "Serve until SIGTERM (default).")
    }

    func run() async throws {
        let (configuration, boot) = try Program.boot()
        try await Program.reporting(boot) { try await Program.serve(configuration, boot).run() }
    }
}

private struct MigrateCommand<Program: ServiceProgram>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "migrate", abstract: "Bring the database to this version and exit.")
    }

    func run() async throws {
        let (configuration, boot) = try Program.boot()
        try await Program.reporting(boot) { try await Program.migrate(configuration, boot) }
    }
}

private struct ConfigCommand<Program: ServiceProgram>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "config", abstract: "Print every setting, its source and default; exit 1 on a bad one.")
    }

    func run() async throws {
        let (loaded, errors) = Settings.inspect(Program.Configuration.self, from: SettingsSource())
        print(SettingsTable(settings: loaded.table).text)
        for problem in errors { printError("\(Program.name): \(problem)") }
        if !errors.isEmpty { throw ExitCode(1) }
    }
}

private struct RoutesCommand<Program: ServiceProgram>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "routes", abstract: "Print every route and who may call it; the settings are those of serve.")
    }

    func run() async throws {
        let (configuration, boot) = try Program.boot()
        try await Program.reporting(boot) {
            print(try await Program.serve(configuration, boot).table.text, terminator: "")
        }
    }
}
