import ArgumentParser
import Foundation

/// Ranges of one video, as a player asks for them.
struct Stream: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Reads random ranges of a video's signed address.")

    @OptionGroup var measured: Measured
    @Option(help: "Port of video-service.") var port: Int
    @Option(help: "File of access tokens; the first is used.") var tokens: String
    @Option(help: "File with the video's id.") var videoFile: String
    @Option(help: "MiB the video has.") var mebibytes = 1_024
    @Option(help: "Parallel connections.") var connections = 16
    @Option(help: "Seconds to measure.") var seconds = 10.0

    func run() throws {
        let path = try signedPath()
        let last = (mebibytes - 1) << 20
        let loop = try ClosedLoop(port: port, connections: connections) {
            let start = Int.random(in: 0...last)
            return HTTP.request("GET", path, port: port, fields: [("Range", "bytes=\(start)-\(start + 1_048_575)")])
        }
        _ = try loop.run(seconds: 2)
        for group in measured.group { group.resetPeak() }
        let meter = CPUMeter(measured.group)
        let outcome = try loop.run(seconds: seconds)
        let (cpu, elapsed, own) = (meter.read(), meter.elapsed, meter.ownPercent)
        var report = Report(measured.scenario, target: measured.target)
        report.add("mib_per_s", Double(outcome.bodyBytes) / elapsed / 1_048_576, digits: 0)
        report.add("cpu_s_per_gib", cpu, each: Double(outcome.bodyBytes), scale: Double(1 << 30))
        report.add("p50_ms", outcome.latencies.quantile(0.5))
        report.add("p99_ms", outcome.latencies.quantile(0.99))
        report.add("bad", outcome.bad)
        if let server = measured.group.first { report.add("peak_mib", Double(server.peakKiB) / 1_024, digits: 1) }
        report.add("generator_percent", own, digits: 1)
        if let sample = outcome.sample { report.add("sample", sample) }
        report.printLine()
    }

    /// Asks for the playback address; only its path and query matter, the port is the one measured.
    private func signedPath() throws -> String {
        struct Playback: Decodable {
            var url: String
        }
        let id = try String(contentsOfFile: videoFile, encoding: .utf8)
        let client = try BlockingClient(port: port)
        defer { client.close() }
        let answer = try client.ask("GET", "/v1/videos/\(id)/playback", token: try lines(of: tokens)[0])
        let address = try JSONDecoder().decode(Playback.self, from: Data(answer.body.utf8)).url
        guard let parts = URLComponents(string: address) else {
            throw BlockingClient.Failed(description: "not an address: \(address)")
        }
        return parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }
}
