import ConfinedProcesses
import Foundation

/// What confines itself and becomes another program, for tests.
@main
enum ConfinedLauncher {
    static func main() {
        let fault = Confinement.enter(Array(CommandLine.arguments.dropFirst()))
        FileHandle.standardError.write(Data("\(fault)\n".utf8))
        exit(125)
    }
}
