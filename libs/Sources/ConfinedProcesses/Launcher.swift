import CSystemCalls
import Foundation

/// A program that calls `Confinement.enter` with the arguments behind those of its own: it gives up all it does not need and becomes what
/// is to be run. The kernel lets a process restrict itself and nobody else.
public struct Launcher: Sendable, Hashable {
    /// The first is absolute.
    public var command: [String]

    public init(command: [String]) {
        self.command = command
    }
}

extension Confinement {
    /// What `enter` is told to restrict this process to.
    static func restrictions(_ program: ConfinedProgram) -> [String] {
        var words: [String] = []
        if let directory = program.directory { words += ["--directory", directory] }
        for path in program.readable { words += ["--read", path] }
        return words + ["--"]
    }

    /// Restricts this process to what `arguments` say, for good, and becomes the program they name; as `Launcher` is to do.
    ///
    /// It returns only when something of that fails, and says what. Nothing has been run by then.
    public static func enter(_ arguments: [String]) -> RestrictionFault {
        var (rest, directory, readable) = (arguments[...], nil as String?, [] as [String])
        while let word = rest.popFirst(), word != "--" {
            guard let value = rest.popFirst() else { return RestrictionFault(step: "arguments", code: EINVAL) }
            switch word {
            case "--directory": directory = value
            case "--read": readable.append(value)
            default: return RestrictionFault(step: "arguments", code: EINVAL)
            }
        }
        guard let program = rest.first else { return RestrictionFault(step: "arguments", code: EINVAL) }
        guard process_control(PR_SET_PDEATHSIG, UInt(SIGKILL)) == 0, process_control(PR_SET_NO_NEW_PRIVS, 1) == 0 else {
            return RestrictionFault(step: "prctl", code: errno)
        }
        guard chdir(directory ?? "/") == 0 else { return RestrictionFault(step: "chdir", code: errno) }
        do {
            try FileRules(readable: readable, directory: directory).apply()
            try CallRules().apply()
        } catch {
            return error
        }
        let words = rest.map { strdup($0) } + [nil]
        execv(program, words)
        return RestrictionFault(step: "execv", code: errno)
    }
}

/// What a process that restricts itself could not do.
public struct RestrictionFault: Error, CustomStringConvertible {
    public var step: String
    /// Of `errno`.
    public var code: Int32

    public var description: String { "\(step): \(String(cString: strerror(code)))" }
}
