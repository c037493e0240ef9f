import ArgumentParser
import Foundation

/// Processes that are measured together, with all their children: `server=123,124`.
struct ProcessGroup: ExpressibleByArgument {
    let name: String
    let roots: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        name = String(parts[0])
        roots = parts[1].split(separator: ",").compactMap { Int($0) }
        if roots.isEmpty { return nil }
    }

    /// CPU seconds so far, user and system.
    var cpu: Double {
        let tick = Double(sysconf(Int32(_SC_CLK_TCK)))
        return members.reduce(0) { sum, pid in
            guard let fields = Self.stat(of: pid) else { return sum }
            return sum + ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / tick
        }
    }

    /// Proportional set size in KiB: pages shared between processes count once.
    var residentKiB: Int {
        members.reduce(0) { $0 + (Self.number("Pss:", in: "/proc/\($1)/smaps_rollup") ?? 0) }
    }

    /// Highest resident size since `resetPeak`, in KiB.
    var peakKiB: Int {
        members.reduce(0) { $0 + (Self.number("VmHWM:", in: "/proc/\($1)/status") ?? 0) }
    }

    func resetPeak() {
        for pid in members { try? "5".write(toFile: "/proc/\(pid)/clear_refs", atomically: false, encoding: .utf8) }
    }

    private var members: [Int] {
        var children: [Int: [Int]] = [:]
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = Int(entry), let fields = Self.stat(of: pid), let parent = Int(fields[1]) else { continue }
            children[parent, default: []].append(pid)
        }
        var found: [Int] = []
        var open = roots
        while let pid = open.popLast() {
            found.append(pid)
            open += children[pid] ?? []
        }
        return found
    }

    /// The fields of /proc/PID/stat after the name, which may have spaces itself.
    private static func stat(of pid: Int) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 12 ? fields : nil
    }

    private static func number(_ key: String, in path: String) -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(key) {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
        return nil
    }
}

/// CPU of all groups over a stretch of time.
struct CPUMeter {
    private let groups: [ProcessGroup]
    private let before: [Double]
    private let ownBefore = Monotonic.ownCPU
    private let start = Monotonic.now

    init(_ groups: [ProcessGroup]) {
        self.groups = groups
        before = groups.map(\.cpu)
    }

    /// Seconds of each group since the meter was made.
    func read() -> [(name: String, seconds: Double)] {
        zip(groups, before).map { ($0.name, $0.cpu - $1) }
    }

    var elapsed: Double { Double(Monotonic.now - start) / 1e9 }

    /// What share of one core the generator itself took; above 90 it sets the rate, not what it measures.
    var ownPercent: Double { (Monotonic.ownCPU - ownBefore) / elapsed * 100 }
}
