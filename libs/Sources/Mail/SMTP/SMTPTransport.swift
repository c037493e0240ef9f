public import NIOCore
public import NIOPosix
internal import Synchronization

/// Sends mail by SMTP (RFC 5321) to one server, a relay: one message after another over one connection, which is opened
/// by the first and closed when nothing comes for a while.
///
/// A message that a stale connection did not take goes over a new one, once; that is the only thing that is tried again.
/// 4xx is `.tryAgain`, 5xx `.refused`, except what the server has against us and not against the message, which is
/// `.tryAgain` with `needsOperator`. One recipient that is refused keeps the message from all.
public final class SMTPTransport: MailTransport {
    private let configuration: SMTPConfiguration
    private let eventLoop: any EventLoop
    private let turns = Turns()
    /// Belongs to who has the turn.
    private let session = Mutex<SMTPSession?>(nil)
    private let isClosed = Atomic(false)

    public init(
        _ configuration: SMTPConfiguration, eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.configuration = configuration
        eventLoop = eventLoopGroup.next()
    }

    public func send(_ message: MailMessage) async throws(MailFailure) {
        guard await turns.take() else { throw MailFailure(.tryAgain, "cancelled") }
        defer { turns.give() }
        guard !isClosed.load(ordering: .acquiring) else { throw MailFailure(.tryAgain, "closed") }
        let bytes = message.bytes()
        let session = try await begun(message, size: bytes.count)
        do throws(MailFailure) {
            try await session.finish(message, bytes)
        } catch {
            await session.reset()
            session.connection.rest(for: configuration.idleTime)
            throw error
        }
        session.connection.rest(for: configuration.idleTime)
    }

    public func close() async {
        isClosed.store(true, ordering: .releasing)
        // A task that is cancelled closes all the same.
        let turn = Task { await turns.take() }
        _ = await turn.value
        defer { turns.give() }
        await session.withLock { $0.take() }?.connection.quit()
    }

    /// A session in which `message` is begun: the one there is, or a new one where that came to its end.
    private func begun(_ message: MailMessage, size: Int) async throws(MailFailure) -> SMTPSession {
        if let held = session.withLock({ $0 }), await held.connection.wake() {
            do throws(MailFailure) {
                try await held.begin(message, size: size)
                return held
            } catch {
                if await held.connection.wake() {
                    await held.reset()
                    held.connection.rest(for: configuration.idleTime)
                    throw error
                }
            }
        }
        session.withLock { $0 = nil }
        let opened = try await SMTPSession.open(configuration, on: eventLoop)
        session.withLock { $0 = opened }
        do throws(MailFailure) {
            try await opened.begin(message, size: size)
        } catch {
            await opened.reset()
            opened.connection.rest(for: configuration.idleTime)
            throw error
        }
        return opened
    }
}
