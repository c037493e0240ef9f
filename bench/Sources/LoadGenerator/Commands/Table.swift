import ArgumentParser

/// Everything measured, one row a scenario and target.
struct Table: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the medians of all results as one Markdown table.")

    @Argument(help: "Files of result lines, ours or the rig's.") var results: [String]

    /// What a scenario is judged by.
    private struct Columns {
        var prefix: String
        var cpu: String
        var rate: String
        var memory: String
    }

    private static let columns = [
        Columns(prefix: "profile", cpu: "cpu_ms_per_1000", rate: "requests_per_s", memory: "resident_mib"),
        Columns(prefix: "search", cpu: "cpu_ms_per_1000", rate: "requests_per_s", memory: "resident_mib"),
        Columns(prefix: "login", cpu: "cpu_ms_per_1000", rate: "requests_per_s", memory: "resident_mib"),
        Columns(prefix: "decisions", cpu: "cpu_ms_per_1000", rate: "decisions_per_s", memory: "resident_mib"),
        Columns(prefix: "idle", cpu: "connect_cpu_ms", rate: "connects_per_s", memory: "kib_per_socket_server"),
        Columns(prefix: "upload", cpu: "cpu_s_per_gib", rate: "mib_per_s", memory: "peak_mib"),
        Columns(prefix: "stream", cpu: "cpu_s_per_gib", rate: "mib_per_s", memory: "peak_mib"),
        Columns(prefix: "transcode", cpu: "cpu_s_per_minute_rung", rate: "film_s_per_s", memory: "peak_mib"),
        Columns(prefix: "", cpu: "cpu_s_per_million", rate: "deliveries_per_s", memory: "kib_per_socket_server"),
    ]

    func run() throws {
        print(
            "| scenario | target | runs | CPU server | PostgreSQL | Redis | rate | p50 ms | p95 ms | p99 ms | memory | wrong |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|---|---|")
        let all = try results.flatMap { try lines(of: $0) }.compactMap(Outcome.init(line:))
        var groups: [String: [Outcome]] = [:]
        for outcome in all { groups[outcome.name, default: []].append(outcome) }
        for name in groups.keys.sorted() { print(row(groups[name] ?? [])) }
        print(
            """

            Medians. CPU: ms per 1,000 requests (profile, login, search) or decisions, seconds per million deliveries (chat), ms a
            connect (idle), seconds per GiB (upload, stream), seconds per minute of film and rung (transcode). Rate: requests,
            decisions, deliveries, connects, MiB, seconds of film a second. Memory: KiB a socket (chat, idle), MiB resident (profile, login, search), MiB at the peak (upload, stream).
            Wrong: lost, doubled, out of order, refused or failed, of all runs.
            """)
    }

    private func row(_ runs: [Outcome]) -> String {
        guard let first = runs.first,
            let column = Self.columns.first(where: { first.scenario.hasPrefix($0.prefix) })
        else { return "" }
        let figures = [
            column.cpu + "_server", column.cpu + "_postgres", column.cpu + "_redis", column.rate, "p50_ms", "p95_ms",
            "p99_ms",
            column.memory,
        ].map { figure in median(runs.compactMap { $0.figures[figure] }) }
        let wrong = Int(runs.reduce(0) { $0 + $1.wrong })
        let cells = [first.scenario, first.target, String(runs.count)] + figures + [String(wrong)]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private func median(_ values: [Double]) -> String {
        guard !values.isEmpty else { return "" }
        let middle = values.sorted()[values.count / 2]
        return middle == middle.rounded() ? String(Int(middle)) : String(middle)
    }
}
