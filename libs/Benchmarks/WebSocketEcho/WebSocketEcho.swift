import Hummingbird
import Logging
import NIOCore
import WebSocketKit

/// Sends every message back, as server or as client, for suites that test how the protocol is spoken:
/// `WebSocketEcho PORT`, or `WebSocketEcho ws://127.0.0.1:9001` against Autobahn's fuzzing server.
@main
enum WebSocketEcho {
    /// Autobahn's largest cases have 16 MiB.
    static let largest = 64 << 20

    static func main() async throws {
        let argument = CommandLine.arguments.dropFirst().first ?? "9001"
        if argument.hasPrefix("ws") { return try await answerCases(of: argument) }
        try await serve(Int(argument) ?? 9_001)
    }

    private static func serve(_ port: Int) async throws {
        var configuration = WebSocketConfiguration()
        configuration.maximumMessageBytes = largest
        configuration.maximumPendingBytes = largest
        let route = WebSocketRoute(path: "/", configuration: configuration, origins: .any) { _ in
            WebSocketAcceptance { _ in Echo() }
        }
        let app = Application(
            router: Router(), server: .http1WebSocketUpgrade(route),
            configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: Logger(label: "echo"))
        try await app.runService()
    }

    /// Goes through all cases of a fuzzing server, and has it write its report.
    private static func answerCases(of url: String) async throws {
        let count = WebSocketInbox()
        try await connect(url + "/getCaseCount") { count }
        guard case .text(let text)? = await first(of: count), let cases = Int(text) else { return }
        for number in 1...max(1, cases) {
            let (ends, ended) = AsyncStream.makeStream(of: Void.self)
            try await connect(url + "/runCase?case=\(number)&agent=WebSocketKit") { Echo { ended.finish() } }
            for await _ in ends {}
        }
        let report = WebSocketInbox()
        try await connect(url + "/updateReports?agent=WebSocketKit") { report }
        for await _ in report {}
    }

    private static func first(of inbox: WebSocketInbox) async -> WebSocketInbox.Message? {
        var messages = inbox.makeAsyncIterator()
        return await messages.next()
    }

    private static func connect(
        _ url: String, _ makeHandler: @escaping @Sendable () -> any WebSocketHandler
    ) async throws {
        var configuration = WebSocketClientConfiguration()
        configuration.socket.maximumMessageBytes = largest
        configuration.socket.maximumPendingBytes = largest
        try await WebSocketClient(configuration).connect(to: url) { _, _ in makeHandler() }
    }
}

private final class Echo: WebSocketHandler {
    private let ended: () -> Void

    init(_ ended: @escaping () -> Void = {}) { self.ended = ended }

    func opened(_ connection: WebSocketConnection) {}
    func received(text: ByteBuffer, on connection: WebSocketConnection) { connection.send(text: text) }
    func received(binary: ByteBuffer, on connection: WebSocketConnection) { connection.send(binary: binary) }
    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) { ended() }
}
