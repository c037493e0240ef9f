import Foundation
import PlatformTesting

/// A process that sends what is missing of a film to its upload (`clients/resume_upload.py`), and that can be killed.
struct UploadingProcess {
    enum Language: String, CaseIterable {
        case tus, draft
    }

    private let process = Process()
    private let output = Pipe()
    private let ended: AsyncStream<Int32>

    init(_ film: FilmFile, to address: String, in language: Language, token: String, counting sent: SentBytes) throws {
        let (ended, end) = AsyncStream.makeStream(of: Int32.self)
        self.ended = ended
        process.executableURL = Platform.root.appending(path: "e2e/clients/resume_upload.py")
        process.arguments = [language.rawValue, address, film.url.path, sent.url.path]
        process.environment = ProcessInfo.processInfo.environment.merging(["UPLOAD_TOKEN": token]) { $1 }
        process.standardOutput = output
        process.terminationHandler = { process in
            end.yield(process.terminationStatus)
            end.finish()
        }
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// Kill -9, wherever it is; returns when it is gone.
    func kill() async {
        Foundation.kill(process.processIdentifier, SIGKILL)
        for await _ in ended {}
    }

    struct Failed: Error {
        let status: Int32?
    }

    /// The video's id, once all is there.
    func video() async throws -> String {
        let status = await ended.first { _ in true }
        guard status == 0 else { throw Failed(status: status) }
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// How many bytes the processes of one film have sent, those that were killed too: a counter in a file.
struct SentBytes {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).sent")

    /// The caller removes the file.
    init() throws {
        try Data(count: 8).write(to: url)
    }

    var count: Int {
        get throws {
            try Data(contentsOf: url).withUnsafeBytes { Int(Int64(littleEndian: $0.loadUnaligned(as: Int64.self))) }
        }
    }
}
