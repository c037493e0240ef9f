import ArgumentParser
import Foundation

/// One resumable upload in a single PATCH.
struct Upload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Uploads random bytes that begin as a film does, and names the video made of them.")

    @OptionGroup var measured: Measured
    @Option(help: "Port of video-service.") var port: Int
    @Option(help: "File of access tokens; the first is used.") var tokens: String
    @Option(help: "MiB to upload.") var mebibytes = 1_024
    @Option(help: "File to write the video's id to.") var videoFile: String?

    func run() throws {
        let token = try lines(of: tokens)[0]
        let client = try BlockingClient(port: port)
        defer { client.close() }
        let size = mebibytes << 20
        let created = try client.ask(
            "POST", "/v1/uploads", token: token,
            fields: [
                ("Tus-Resumable", "1.0.0"), ("Upload-Length", String(size)),
                ("Upload-Metadata", metadata(["filename": "bench.mp4", "filetype": "video/mp4", "title": "bench"])),
            ])
        guard let location = created.head.fields["location"], let url = URL(string: location) else {
            throw BlockingClient.Failed(description: "no Location for the upload")
        }
        for group in measured.group { group.resetPeak() }
        let idle = measured.group.first?.residentKiB ?? 0
        let meter = CPUMeter(measured.group)
        let done = try patch(url.path, token: token, size: size, client)
        let (cpu, elapsed, own) = (meter.read(), meter.elapsed, meter.ownPercent)

        if let videoFile, let video = done.head.fields["video-id"] {
            try video.write(toFile: videoFile, atomically: true, encoding: .utf8)
        }
        var report = Report(measured.scenario, target: measured.target)
        report.add("mib_per_s", Double(mebibytes) / elapsed, digits: 0)
        report.add("cpu_s_per_gib", cpu, each: Double(size), scale: Double(1 << 30))
        if let server = measured.group.first {
            report.add("peak_mib", Double(server.peakKiB) / 1_024, digits: 1)
            report.add("peak_above_idle_mib", Double(server.peakKiB - idle) / 1_024, digits: 1)
        }
        report.add("generator_percent", own, digits: 1)
        report.printLine()
    }

    private func patch(_ path: String, token: String, size: Int, _ client: BlockingClient) throws
        -> BlockingClient.Answer
    {
        let head = HTTP.request(
            "PATCH", path, port: port, token: token,
            fields: [
                ("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0"), ("Content-Length", String(size)),
                ("Content-Type", "application/offset+octet-stream"),
            ])
        var generator = SystemRandomNumberGenerator()
        // An `ftyp` box, again at the beginning of every MiB.
        let box = [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isommp41".utf8)
        let block = box + (box.count..<1 << 20).map { _ in generator.next() as UInt8 }
        try head.withUnsafeBytes { try client.send($0) }
        try block.withUnsafeBytes { bytes in
            for _ in 0..<mebibytes { try client.send(bytes) }
        }
        return try client.answer()
    }

    private func metadata(_ values: [String: String]) -> String {
        values.map { "\($0.key) \(Data($0.value.utf8).base64EncodedString())" }.joined(separator: ",")
    }
}
