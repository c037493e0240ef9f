import HTTPTypes
import NIOCore
import NIOSSL
import PlatformTesting
import Synchronization
import Testing

@testable import WebSocketKit

/// The client against this library's server, over TCP and TLS.
@Suite struct ClientTests {
    private func connect(
        _ port: Int, _ path: String = "/v1/ws", to inbox: WebSocketInbox = WebSocketInbox(),
        _ adjust: (inout WebSocketClientConfiguration) -> Void = { _ in }
    ) async throws -> (socket: WebSocketConnection, inbox: WebSocketInbox) {
        var configuration = WebSocketClientConfiguration()
        adjust(&configuration)
        let url = "ws://127.0.0.1:\(port)\(path)"
        let socket = try await WebSocketClient(configuration).connect(to: url) { _, _ in inbox }
        return (socket, inbox)
    }

    @Test func `messages of all lengths come back as they were, in their order`() async throws {
        var limits = WebSocketConfiguration()
        limits.maximumMessageBytes = 1 << 20
        limits.maximumPendingBytes = 1 << 24
        let configuration = limits
        try await TestServer.run(configuration: configuration) { port, _ in
            let (socket, inbox) = try await connect(port) { $0.socket = configuration }
            let lengths = [0, 1, 7, 8, 125, 126, 65_535, 65_536, 1 << 20]
            for length in lengths {
                socket.send(text: String(repeating: "x", count: length))
                socket.send(binary: ByteBuffer(repeating: 0xFF, count: length))
            }
            var messages = inbox.makeAsyncIterator()
            for length in lengths {
                #expect(await messages.next() == .text(String(repeating: "x", count: length)))
                #expect(await messages.next() == .binary(ByteBuffer(repeating: 0xFF, count: length)))
            }
            socket.close(WebSocketCloseCode(4000), reason: "done")
            #expect(await messages.next() == nil)
            #expect(inbox.closeCode == WebSocketCloseCode(4000) && inbox.closeReason == "done")
        }
    }

    @Test func `what is agreed on reaches the handler's maker, and the request what was asked for`() async throws {
        let asked = Mutex<HTTPRequest?>(nil)
        try await TestServer.run(answered: { head, _ in asked.withLock { $0 = head } }) { port, _ in
            var configuration = WebSocketClientConfiguration()
            configuration.subprotocols = ["other", "chat.v1"]
            configuration.headers = [.authorization: "Bearer right", .upgrade: "h2c"]
            let agreed = Mutex<WebSocketAgreement?>(nil)
            let socket = try await WebSocketClient(configuration).connect(to: "ws://127.0.0.1:\(port)/v1/ws?a=b%20c") {
                agreed.withLock { [agreement = $1] in $0 = agreement }
                return WebSocketInbox()
            }
            let agreement = agreed.withLock { $0 }
            #expect(agreement?.subprotocol == "chat.v1" && agreement?.extensions == [])
            #expect(agreement?.response.headerFields[.server] == "test")
            let head = try #require(asked.withLock { $0 })
            #expect(head.path == "/v1/ws?a=b%20c" && head.authority == "127.0.0.1:\(port)")
            #expect(head.headerFields[.authorization] == "Bearer right" && head.headerFields[.upgrade] == "websocket")
            socket.close(.normal)
        }
    }

    @Test func `both sides hear of a close with its code and reason, whoever began`() async throws {
        let (codes, closed) = AsyncStream.makeStream(of: String.self)
        try await TestServer.run(handler: { ClosingHandler(closed) }) { port, stop in
            var served = codes.makeAsyncIterator()
            let (first, firstInbox) = try await connect(port)
            first.close(WebSocketCloseCode(4001), reason: "mine")
            #expect(await served.next() == "4001 mine")
            for await _ in firstInbox {}
            let (second, secondInbox) = try await connect(port)
            second.send(text: "close")
            for await _ in secondInbox {}
            #expect(secondInbox.closeCode == WebSocketCloseCode(4002) && secondInbox.closeReason == "yours")
            #expect(await served.next() == "4002 yours")
            let (_, lastInbox) = try await connect(port)
            await stop()
            for await _ in lastInbox {}
            #expect(lastInbox.closeCode == .serviceRestart)
        }
    }

    @Test func `an aborted connection is abnormal on both sides`() async throws {
        let (codes, closed) = AsyncStream.makeStream(of: String.self)
        try await TestServer.run(handler: { ClosingHandler(closed) }) { port, _ in
            let (socket, inbox) = try await connect(port)
            socket.abort()
            for await _ in inbox {}
            #expect(inbox.closeCode == .abnormal)
            var served = codes.makeAsyncIterator()
            #expect(await served.next() == "1006 ")
        }
    }

    @Test func `a task that does not take messages stops its peer, and then gets all of them`() async throws {
        var configuration = WebSocketConfiguration()
        configuration.maximumPendingBytes = 1 << 30
        let (pressures, pressure) = AsyncStream.makeStream(of: Bool.self)
        try await TestServer.run(configuration: configuration, handler: { PressedHandler(pressure) }) { port, _ in
            let (socket, inbox) = try await connect(port, to: WebSocketInbox(capacity: 4))
            socket.send(text: "go")
            var writable = pressures.makeAsyncIterator()
            // More than the kernel's buffers hold is on its way, and the server is told that it does not go on.
            #expect(await writable.next() == false)
            var messages = inbox.makeAsyncIterator()
            for number in 0..<PressedHandler.count {
                guard case .text(let text) = await messages.next(), text.hasPrefix("\(number) ") else {
                    Issue.record("message \(number) is missing")
                    break
                }
            }
            socket.close(.normal)
            #expect(await messages.next() == nil)
        }
    }

    @Test func `TLS is spoken to a server whose certificate is good, and to no other`() async throws {
        let certificate = try TestCertificate(address: "127.0.0.1")
        let chain = try NIOSSLCertificate.fromPEMFile(certificate.file)
        let key = try NIOSSLPrivateKey(file: certificate.keyFile, format: .pem)
        let tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        let decided = Mutex(0)
        try await TestServer.run(deciding: { decided.withLock { $0 += 1 } }, tls: tls) { port, _ in
            var configuration = WebSocketClientConfiguration()
            configuration.tls.trustRoots = .certificates(chain)
            let inbox = WebSocketInbox()
            let url = "wss://127.0.0.1:\(port)/v1/ws"
            let socket = try await WebSocketClient(configuration).connect(to: url) { _, _ in inbox }
            var messages = inbox.makeAsyncIterator()
            for text in ["a", String(repeating: "b", count: 60_000), "c"] {
                socket.send(text: text)
                #expect(await messages.next() == .text(text))
            }
            socket.close(.normal)
            #expect(await messages.next() == nil)
            await #expect(throws: (any Error).self) {
                try await WebSocketClient().connect(to: url) { _, _ in
                    Issue.record("a server nobody knows was believed")
                    return WebSocketInbox()
                }
            }
            // The request was not sent to it either.
            #expect(decided.withLock { $0 } == 1)
        }
    }

    @Test func `a refusal is thrown with what it says`() async throws {
        try await TestServer.run { port, _ in
            let error = await #expect(throws: WebSocketClientError.self) {
                try await connect(port) { $0.headers = [.authorization: "Bearer wrong"] }
            }
            guard case .refused(let response, let body) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(response.status == .unauthorized && response.headerFields[.wwwAuthenticate] == "Bearer")
            #expect(String(buffer: body) == "Who are you?")
        }
    }
}

/// Tells how it ended, and ends by itself when asked to.
private final class ClosingHandler: WebSocketHandler {
    private let told: AsyncStream<String>.Continuation

    init(_ told: AsyncStream<String>.Continuation) { self.told = told }

    func opened(_ connection: WebSocketConnection) {}
    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        connection.close(WebSocketCloseCode(4002), reason: "yours")
    }
    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {
        told.yield("\(code) \(reason)")
    }
}

/// Sends more than the kernel takes, and tells of the pressure.
private final class PressedHandler: WebSocketHandler {
    static let count = 2_000
    private let pressure: AsyncStream<Bool>.Continuation

    init(_ pressure: AsyncStream<Bool>.Continuation) { self.pressure = pressure }

    func opened(_ connection: WebSocketConnection) {}
    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        for number in 0..<Self.count { connection.send(text: "\(number) " + String(repeating: "x", count: 20_000)) }
    }
    func writabilityChanged(isWritable: Bool, on connection: WebSocketConnection) { pressure.yield(isWritable) }
    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {}
}
