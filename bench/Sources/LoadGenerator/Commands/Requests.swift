import ArgumentParser

/// Requests over keep-alive connections in a closed loop.
struct Requests: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Repeats a request and times its answers.")

    @OptionGroup var measured: Measured
    @Option(help: "Port of the server.") var port: Int
    @Option(help: "Path to ask for.") var path: String
    @Option(help: "File of paths to ask for in turn, in the place of the one.") var paths: String?
    @Option(help: "File of access tokens; each request uses the next of the first 2,000.") var tokens: String?
    @Option(help: "Body of a POST; {n} is a random number from 1 to --users.") var body: String?
    @Option(help: "Range of {n}.") var users = 20_000
    @Option(help: "Parallel connections.") var connections = 64
    @Option(help: "Seconds to measure.") var seconds = 10.0
    @Option(help: "Seconds to run before that.") var warmUp = 3.0

    func run() throws {
        let requests = try prepared()
        var turn = 0
        let loop = try ClosedLoop(port: port, connections: connections) {
            turn += 1
            if let body {
                let filled = body.replacing("{n}", with: String(Int.random(in: 1...users)))
                return HTTP.request(
                    "POST", path, port: port, fields: [("Content-Type", "application/json")], body: filled)
            }
            return requests[turn % requests.count]
        }
        _ = try loop.run(seconds: warmUp)
        let meter = CPUMeter(measured.group)
        let outcome = try loop.run(seconds: seconds)
        let (cpu, elapsed, own) = (meter.read(), meter.elapsed, meter.ownPercent)
        var report = Report(measured.scenario, target: measured.target)
        report.add("requests_per_s", Double(outcome.latencies.count) / elapsed, digits: 0)
        report.add("cpu_ms_per_1000", cpu, each: Double(outcome.latencies.count), scale: 1e6)
        report.add("p50_ms", outcome.latencies.quantile(0.5))
        report.add("p95_ms", outcome.latencies.quantile(0.95))
        report.add("p99_ms", outcome.latencies.quantile(0.99))
        report.add("bad", outcome.bad)
        if let server = measured.group.first {
            report.add("resident_mib", Double(server.residentKiB) / 1_024, digits: 1)
        }
        report.add("generator_percent", own, digits: 1)
        if let sample = outcome.sample { report.add("sample", sample) }
        report.printLine()
    }

    private func prepared() throws -> [[UInt8]] {
        guard let tokens else { return [HTTP.request("GET", path, port: port)] }
        let all = try paths.map { try lines(of: $0) } ?? [path]
        return try lines(of: tokens).prefix(2_000).enumerated().map { index, token in
            HTTP.request("GET", all[index % all.count], port: port, token: token)
        }
    }
}
