import Foundation

/// One line of results: of this generator, or of the rig that measures the peers, whose names for the same figures
/// are translated.
struct Outcome {
    var scenario: String
    var target: String
    var figures: [String: Double] = [:]

    var name: String { scenario + " " + target }

    /// Everything that should not have happened.
    var wrong: Double {
        ["lost", "doubled", "out_of_order", "stray", "closed_early", "failed", "bad"]
            .reduce(0) { $0 + (figures[$1] ?? 0) }
    }

    /// Nil for what is no line of results.
    init?(line: String) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let scenario = object["scenario"] as? String, let target = object["target"] as? String
        else { return nil }
        self.scenario = Self.scenarios[scenario] ?? scenario
        self.target = target
        for (key, value) in object {
            if let nested = value as? [String: Any] {
                for (group, value) in nested { add(key + "_" + group, value) }
            } else {
                add(key, value)
            }
        }
    }

    private mutating func add(_ key: String, _ value: Any) {
        guard let number = value as? NSNumber else { return }
        var name = key
        for (theirs, ours) in Self.names { name = name.replacing(theirs, with: ours) }
        let isPerLogin = key.hasPrefix("cpu_ms_each")
        figures[name] = isPerLogin ? number.doubleValue * 1_000 : number.doubleValue
    }

    private static let scenarios = ["idle10k": "idle", "upload-put": "upload"]

    private static let names = [
        ("cpu_ms_each", "cpu_ms_per_1000"), ("per_M_", "per_million_"), ("req_per_s", "requests_per_s"),
        ("kb_per_conn", "kib_per_socket"), ("mb_per_s", "mib_per_s"), ("rss_peak_mb", "peak_mib"),
        ("rss_mb", "resident_mib"), ("_srv", "_server"), ("_pg", "_postgres"), ("dup", "doubled"),
    ]
}
