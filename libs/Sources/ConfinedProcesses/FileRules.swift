import CSystemCalls
import Foundation

/// The files there are for this process and what it becomes, by Landlock (landlock(7)): the system's programs, what it is to read, and a
/// directory of its own. Also nobody to be traced, to be connected to by TCP, and, where the kernel knows that, to be signalled.
struct FileRules {
    var readable: [String]
    var directory: String?

    private enum Right {
        static let execute: UInt64 = 1 << 0
        static let writeFile: UInt64 = 1 << 1
        static let readFile: UInt64 = 1 << 2
        static let readDirectory: UInt64 = 1 << 3
        /// Those of the first version: all of making, removing, reading, writing and running.
        static let first: UInt64 = (1 << 13) - 1
        static let refer: UInt64 = 1 << 13
        static let truncate: UInt64 = 1 << 14
        static let deviceControl: UInt64 = 1 << 15
    }

    /// `O_PATH`, which glibc has for GNU's dialect alone: where something is, without opening it.
    private static let place: Int32 = 0o10_000_000

    /// Those a kernel of this version knows: what it is not told to handle it allows.
    private static func handled(_ version: Int) -> UInt64 {
        var rights = Right.first
        if version >= 2 { rights |= Right.refer }
        if version >= 3 { rights |= Right.truncate }
        if version >= 5 { rights |= Right.deviceControl }
        return rights
    }

    /// Which of them the kernel has; less than 1 for none.
    static var version: Int { system_call(Int(SYS_landlock_create_ruleset), 0, 0, 1, 0) }

    func apply() throws(RestrictionFault) {
        let version = Self.version
        guard version >= 1 else { throw RestrictionFault(step: "landlock", code: errno) }
        let handled = Self.handled(version)
        // struct landlock_ruleset_attr: files, and networks and scopes behind them in later versions.
        var rules = [handled]
        if version >= 4 { rules.append(0b11) }  // binding and connecting by TCP
        if version >= 6 { rules.append(0b11) }  // abstract sockets and signals of others
        let made = rules.withUnsafeBytes {
            system_call(Int(SYS_landlock_create_ruleset), UInt(bitPattern: $0.baseAddress), UInt($0.count), 0, 0)
        }
        guard made >= 0 else { throw RestrictionFault(step: "landlock_create_ruleset", code: errno) }
        let ruleset = UInt(made)
        let programs = Right.execute | Right.readFile | Right.readDirectory
        for path in ["/usr", "/bin", "/lib", "/lib64"] { try allow(path, programs, in: ruleset, isOptional: true) }
        for path in ["/etc/ld.so.cache", "/etc/alternatives", "/dev/urandom"] {
            try allow(path, Right.readFile | Right.readDirectory, in: ruleset, isOptional: true)
        }
        try allow("/dev/null", Right.readFile | Right.writeFile, in: ruleset, isOptional: true)
        for path in readable { try allow(path, Right.readFile, in: ruleset) }
        if let directory { try allow(directory, handled & ~Right.execute, in: ruleset) }
        guard system_call(Int(SYS_landlock_restrict_self), ruleset, 0, 0, 0) == 0 else {
            throw RestrictionFault(step: "landlock_restrict_self", code: errno)
        }
    }

    private func allow(
        _ path: String, _ rights: UInt64, in ruleset: UInt, isOptional: Bool = false
    ) throws(RestrictionFault) {
        let file = open(path, Self.place | O_CLOEXEC)
        guard file >= 0 else {
            if isOptional { return }
            throw RestrictionFault(step: path, code: errno)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw RestrictionFault(step: path, code: errno) }
        // What means something of directories alone is refused of a file.
        let ofFiles = Right.execute | Right.writeFile | Right.readFile | Right.truncate | Right.deviceControl
        let allowed = status.st_mode & S_IFMT == S_IFDIR ? rights : rights & ofFiles
        // struct landlock_path_beneath_attr, which has no room between its members.
        let rule = withUnsafeBytes(of: allowed) { Array($0) } + withUnsafeBytes(of: file) { Array($0) }
        let done = rule.withUnsafeBytes {
            system_call(Int(SYS_landlock_add_rule), ruleset, 1, UInt(bitPattern: $0.baseAddress), 0)
        }
        guard done == 0 else { throw RestrictionFault(step: "landlock_add_rule \(path)", code: errno) }
    }
}
