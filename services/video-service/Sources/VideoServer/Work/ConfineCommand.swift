import ArgumentParser
import ConfinedProcesses
import Foundation

/// `confine`: what a worker starts its children by, where the kernel lets a process restrict itself and makes it no namespaces.
struct ConfineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confine", abstract: "Give up what is not named, and become a program.", shouldDisplay: false)

    /// This very program, where it lies now.
    static var launcher: Launcher? {
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            FileManager.default.isExecutableFile(atPath: own)
        else { return nil }
        return Launcher(command: [own, "confine"])
    }

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    func run() throws {
        let fault = Confinement.enter(arguments)
        FileHandle.standardError.write(Data("confine: \(fault)\n".utf8))
        throw ExitCode(125)
    }
}
