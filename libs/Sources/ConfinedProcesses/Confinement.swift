import Foundation

/// How children that read what strangers sent are kept apart from everything else, as strongly as this machine lets us.
///
/// Either way a child has limits, no standard input, none of our environment and descriptors, and a session of its own that is
/// killed as a whole.
public enum Confinement: Sendable, Hashable {
    /// Bubblewrap's: namespaces of its own for users, processes, network (which has nothing in it) and files: the system's
    /// programs, what it is to read, and its directory; no capability, and no way to get one.
    case sandbox
    /// Where the kernel lets nobody make namespaces, as in most containers, but lets a process restrict itself (Landlock and seccomp): the
    /// same files as in the sandbox, no sockets, no process but its own to be looked into or signalled, no new privileges. What it sees of
    /// processes and names of files beyond these is this process's.
    case restrictions(Launcher)
    /// Where not even that is to be had: the same files as this process and its network, but for what `asRoot` can leave behind:
    /// another user, and a network with nothing in it. No new privileges.
    case limits(asRoot: Bool)

    /// The strongest that works here, tried out; without a launcher there are no `restrictions`. Fails: `NoConfinement` when not even the
    /// limits do.
    public static func strongest(_ launcher: Launcher? = nil) async throws -> Confinement {
        var choices: [Confinement] = [.sandbox]
        if let launcher { choices.append(.restrictions(launcher)) }
        if geteuid() == 0 { choices.append(.limits(asRoot: true)) }
        for choice in choices where await choice.works { return choice }
        let last = Confinement.limits(asRoot: false)
        guard await last.works else { throw NoConfinement() }
        return last
    }

    /// Whether a program that does nothing runs to its end.
    var works: Bool {
        get async {
            let limits = ChildLimits(memory: 1 << 30, processorSeconds: 5, fileSize: 0, wallTime: .seconds(10))
            let outcome = try? await run(ConfinedProgram(path: "/usr/bin/true", arguments: [], limits: limits))
            return outcome?.end == .exited(0)
        }
    }

    /// The whole command for `program`.
    func command(_ program: ConfinedProgram) -> [String] {
        let prefix =
            switch self {
            case .sandbox: Self.bubblewrap(program)
            case .restrictions(let launcher): launcher.command + Self.restrictions(program)
            case .limits(let asRoot): Self.lowered(asRoot: asRoot) + ["/usr/bin/env", "-C", program.directory ?? "/"]
            }
        return program.limits.command + prefix + [program.path] + program.arguments
    }

    /// `setpriv(1)` and `unshare(1)` from util-linux. The other user keeps our group, which may read what is stored.
    private static func lowered(asRoot: Bool) -> [String] {
        let common = ["/usr/bin/setpriv", "--no-new-privs", "--pdeathsig", "KILL"]
        guard asRoot else { return common + ["--"] }
        return ["/usr/bin/unshare", "--net", "--"] + common + [
            "--bounding-set=-all", "--inh-caps=-all", "--reuid=65534", "--regid=\(getegid())", "--clear-groups", "--",
        ]
    }

    private static func bubblewrap(_ program: ConfinedProgram) -> [String] {
        var words = [
            "/usr/bin/bwrap", "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
            "--unshare-cgroup-try", "--disable-userns", "--die-with-parent", "--cap-drop", "ALL", "--uid", "65534",
            "--gid", "65534", "--hostname", "none", "--ro-bind", "/usr", "/usr",
        ]
        for name in ["bin", "lib", "lib64"] where (try? FileManager.default.attributesOfItem(atPath: "/\(name)")) != nil
        {
            words += ["--symlink", "usr/\(name)", "/\(name)"]
        }
        for path in ["/etc/ld.so.cache", "/etc/alternatives"] { words += ["--ro-bind-try", path, path] }
        for path in ["/dev/null", "/dev/urandom"] { words += ["--dev-bind", path, path] }
        for path in program.readable { words += ["--ro-bind", path, path] }
        if let directory = program.directory { words += ["--bind", directory, directory] }
        // What is left of its root is memory, which no limit on files counts.
        words += ["--remount-ro", "/", "--chdir", program.directory ?? "/", "--"]
        return words
    }
}

extension Confinement: CustomStringConvertible {
    /// For logs and metrics.
    public var description: String {
        switch self {
        case .sandbox: "sandbox"
        case .restrictions: "restrictions"
        case .limits(asRoot: true): "limits-user-network"
        case .limits(asRoot: false): "limits"
        }
    }
}

/// Not even limits can be set: what they are set with is missing.
public struct NoConfinement: Error, CustomStringConvertible {
    public var description: String {
        "children cannot be confined: prlimit and setpriv (util-linux) are missing or fail"
    }
}
