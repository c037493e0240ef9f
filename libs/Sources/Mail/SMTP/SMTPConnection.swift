internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A connection to a server, asked from any task, one question at a time.
struct SMTPConnection: Sendable {
    private let dialogue: NIOLoopBound<SMTPDialogue>
    private let channel: any Channel
    let greeting: SMTPReply

    /// Connects, encrypts first where `encryption` is given, and waits for the server's greeting. Fails: `SMTPLoss`.
    static func open(
        _ configuration: SMTPConfiguration, encryption: SMTPEncryption?, on eventLoop: any EventLoop
    ) async throws(SMTPLoss) -> SMTPConnection {
        let limit = TimeAmount(configuration.timeouts.greeting)
        // Kept here, since one that has come to its end is no longer in its pipeline.
        let dialogues = Mutex<[ObjectIdentifier: NIOLoopBound<SMTPDialogue>]>([:])
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(configuration.timeouts.connect))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                // Called for each address of the host until one answers.
                channel.eventLoop.makeCompletedFuture {
                    if let encryption { try channel.pipeline.syncOperations.addHandler(encryption.handler()) }
                    let dialogue = SMTPDialogue(on: channel.eventLoop, greetingWithin: limit)
                    let bound = NIOLoopBound(dialogue, eventLoop: channel.eventLoop)
                    dialogues.withLock { $0[ObjectIdentifier(channel)] = bound }
                    try channel.pipeline.syncOperations.addHandler(dialogue)
                }
            }
        do {
            let channel = try await bootstrap.connect(host: configuration.host, port: configuration.port).get()
            guard let dialogue = dialogues.withLock({ $0[ObjectIdentifier(channel)] }) else {
                throw SMTPLoss(reason: "the connection failed")
            }
            let greeting = try await channel.eventLoop.flatSubmit { dialogue.value.greeting }.get()
            return SMTPConnection(dialogue: dialogue, channel: channel, greeting: greeting)
        } catch {
            throw SMTPLoss(connecting: error)
        }
    }

    /// Whether the other end is this machine.
    var isLoopback: Bool {
        guard let address = channel.remoteAddress?.ipAddress else { return false }
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }

    /// This end as an address literal (RFC 5321 §4.1.3).
    var literal: String {
        let address = channel.localAddress?.ipAddress ?? "127.0.0.1"
        return address.contains(":") ? "[IPv6:\(address)]" : "[\(address)]"
    }

    /// Sends a command line; `encryption` is put in place before anything more is read when the reply is 220.
    func ask(
        _ command: String, within limit: Duration, encryption: SMTPEncryption? = nil
    ) async throws(SMTPLoss) -> SMTPReply {
        try await ask(ByteBuffer(string: command + "\r\n"), within: limit, encryption: encryption)
    }

    func ask(
        _ bytes: ByteBuffer, within limit: Duration, encryption: SMTPEncryption? = nil
    ) async throws(SMTPLoss) -> SMTPReply {
        do {
            return try await channel.eventLoop.flatSubmit { [dialogue] in
                dialogue.value.ask(bytes, within: TimeAmount(limit), encryption: encryption)
            }.get()
        } catch {
            throw SMTPLoss(connecting: error)
        }
    }

    func rest(for time: Duration) {
        channel.eventLoop.execute { [dialogue] in dialogue.value.rest(for: TimeAmount(time)) }
    }

    /// Whether it can still be used.
    func wake() async -> Bool {
        (try? await channel.eventLoop.submit { [dialogue] in dialogue.value.wake() }.get()) ?? false
    }

    /// Says goodbye and is closed once that is written.
    func quit() async {
        channel.eventLoop.execute { [dialogue] in dialogue.value.quit() }
        try? await channel.closeFuture.get()
    }
}
