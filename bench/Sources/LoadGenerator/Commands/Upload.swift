import ArgumentParser
import Foundation
import Synchronization

/// Resumable uploads, each in a single PATCH, side by side.
struct Upload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Uploads random bytes that begin as a film does, and names the first video made of them.")

    @OptionGroup var measured: Measured
    @Option(help: "Port of video-service.") var port: Int
    @Option(help: "File of access tokens; the first is used.") var tokens: String
    @Option(help: "MiB of each upload.") var mebibytes = 1_024
    @Option(help: "How many at a time.") var uploads = 1
    @Option(help: "File to write the video's id to.") var videoFile: String?

    func run() throws {
        let token = try lines(of: tokens)[0]
        let clients = try (0..<uploads).map { _ in try BlockingClient(port: port) }
        defer { for client in clients { client.close() } }
        let paths = try clients.map { try create(token: token, $0) }
        for group in measured.group { group.resetPeak() }
        let idle = measured.group.first?.peakKiB ?? 0
        let block = block()
        let meter = CPUMeter(measured.group)
        let ends = Mutex<[Result<BlockingClient.Answer, any Error>]>([])
        DispatchQueue.concurrentPerform(iterations: uploads) { upload in
            let end = Result { try patch(paths[upload], token: token, block, clients[upload]) }
            ends.withLock { $0.append(end) }
        }
        let (cpu, elapsed, own) = (meter.read(), meter.elapsed, meter.ownPercent)

        let answers = try ends.withLock { $0 }.map { try $0.get() }
        if let videoFile, let video = answers.first?.head.fields["video-id"] {
            try video.write(toFile: videoFile, atomically: true, encoding: .utf8)
        }
        let total = uploads * mebibytes
        var report = Report(measured.scenario, target: measured.target)
        report.add("mib_per_s", Double(total) / elapsed, digits: 0)
        report.add("cpu_s_per_gib", cpu, each: Double(total << 20), scale: Double(1 << 30))
        if let server = measured.group.first {
            report.add("peak_mib", Double(server.peakKiB) / 1_024, digits: 1)
            report.add("peak_above_idle_mib", Double(server.peakKiB - idle) / 1_024, digits: 1)
        }
        report.add("generator_percent", own, digits: 1)
        report.printLine()
    }

    /// The path of a new upload.
    private func create(token: String, _ client: BlockingClient) throws -> String {
        let created = try client.ask(
            "POST", "/v1/uploads", token: token,
            fields: [
                ("Tus-Resumable", "1.0.0"), ("Upload-Length", String(mebibytes << 20)),
                ("Upload-Metadata", metadata(["filename": "bench.mp4", "filetype": "video/mp4", "title": "bench"])),
            ])
        guard let location = created.head.fields["location"], let url = URL(string: location) else {
            throw BlockingClient.Failed(description: "no Location for the upload")
        }
        return url.path
    }

    /// A MiB that begins with an `ftyp` box.
    private func block() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let box = [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isommp41".utf8)
        return box + (box.count..<1 << 20).map { _ in generator.next() as UInt8 }
    }

    private func patch(_ path: String, token: String, _ block: [UInt8], _ client: BlockingClient) throws
        -> BlockingClient.Answer
    {
        let head = HTTP.request(
            "PATCH", path, port: port, token: token,
            fields: [
                ("Tus-Resumable", "1.0.0"), ("Upload-Offset", "0"), ("Content-Length", String(mebibytes << 20)),
                ("Content-Type", "application/offset+octet-stream"),
            ])
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
