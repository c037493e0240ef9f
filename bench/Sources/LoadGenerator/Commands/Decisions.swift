import ArgumentParser

/// Questions of what accounts may do, at a fixed rate.
struct Decisions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks user-service for decisions at a fixed rate; latencies are from when each call was due.")

    @OptionGroup var measured: Measured
    @Option(help: "Port of the server.") var port: Int
    @Option(help: "File with a token that has the scope authz:decide.") var token: String
    @Option(help: "Decisions a second.") var rate = 2_000
    @Option(help: "Decisions in one call.") var batch = 1
    @Option(help: "Accounts that are asked about: user n is 00000000-0000-4000-8000 with n in the last twelve digits.")
    var users = 100_000
    @Option(help: "Parallel connections.") var connections = 64
    @Option(help: "Seconds to measure.") var seconds = 10.0
    @Option(help: "Seconds to run before that.") var warmUp = 3.0

    func run() throws {
        guard let token = try lines(of: token).first else { throw ValidationError("the token's file is empty") }
        let loop = try OpenLoop(port: port, connections: connections, perSecond: Double(rate) / Double(batch)) {
            let questions = (0..<batch).map { _ in question() }.joined(separator: ",")
            return HTTP.request(
                "POST", "/v1/authz/decisions", port: port, token: token, fields: [("Content-Type", "application/json")],
                body: #"{"requests":[\#(questions)]}"#)
        }
        _ = try loop.run(seconds: warmUp)
        let meter = CPUMeter(measured.group)
        let outcome = try loop.run(seconds: seconds)
        let (cpu, elapsed, own) = (meter.read(), meter.elapsed, meter.ownPercent)
        let decisions = Double(outcome.latencies.count * batch)
        var report = Report(measured.scenario, target: measured.target)
        report.add("decisions_per_s", decisions / elapsed, digits: 0)
        report.add("requests_per_s", Double(outcome.latencies.count) / elapsed, digits: 0)
        report.add("cpu_ms_per_1000", cpu, each: decisions, scale: 1e6)
        report.add("p50_ms", outcome.latencies.quantile(0.5))
        report.add("p99_ms", outcome.latencies.quantile(0.99))
        report.add("worst_ms", outcome.latencies.worst)
        report.add("most_waiting", outcome.mostWaiting)
        report.add("bad", outcome.bad)
        report.add("generator_percent", own, digits: 1)
        if let sample = outcome.sample { report.add("sample", sample) }
        report.printLine()
    }

    /// One of three that services ask, about an account at random.
    private func question() -> String {
        let subject = user(Int.random(in: 1...users))
        switch Int.random(in: 0..<3) {
        case 0: return Self.question(subject, "video.upload", "{}")
        case 1: return Self.question(subject, "room.speak", #"{"role":"member"}"#)
        default:
            let owner = user(Int.random(in: 1...users))
            return Self.question(
                subject, "video.watch", #"{"owner_id":"\#(owner)","visibility":"public","state":"ready"}"#)
        }
    }

    private func user(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    private static func question(_ subject: String, _ action: String, _ attributes: String) -> String {
        let type = action.prefix { $0 != "." }
        return #"{"subject":"\#(subject)","action":"\#(action)","#
            + #""resource":{"type":"\#(type)","attributes":\#(attributes)}}"#
    }
}
