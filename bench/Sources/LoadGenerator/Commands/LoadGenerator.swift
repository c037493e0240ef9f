import ArgumentParser
import Foundation

@main
struct LoadGenerator: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the services from outside; every command prints one line of JSON.",
        subcommands: [
            Chat.self, Requests.self, Decisions.self, Upload.self, Stream.self, Tokens.self, Table.self,
        ])
}

/// Options of all commands that measure.
struct Measured: ParsableArguments {
    @Option(help: "Name of the scenario in the report.") var scenario: String
    @Option(help: "Name of what is measured in the report.") var target = "hiroba"
    @Option(help: "Processes to measure with their children: name=pid,pid. Repeatable, the server first.")
    var group: [ProcessGroup] = []
}

/// A file's lines, without empty ones.
func lines(of path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
}
