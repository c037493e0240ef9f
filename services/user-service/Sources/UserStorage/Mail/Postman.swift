import DomainKit
import Foundation
public import Logging
public import Mail
import Metrics
public import Postgres
public import ServiceLifecycle
import Timing
import UserDomain

/// Sends the mails that wait: as soon as PostgreSQL says that there is one, and every few seconds whatever it says.
///
/// Every replica sends; each mail is at one of them at a time. A mail server that is away loses no mail and fails no request.
/// Where a replica dies, or the answer is lost, between a mail's last byte and the word that it was taken, the mail is sent once
/// more, with the same `Message-ID`, and the log says so; not a third time.
public struct Postman: Service {
    /// What a try was for those that come after it.
    enum Round: Sendable, Equatable {
        case nothing, done
        /// The next one waits a little: it may meet the same.
        case failed
    }

    private let database: PostgresClient
    private let mailbox: PostgresMailbox
    private let tokens: SealedMailTokens
    private let transport: any MailTransport
    private let writer: MailWriter
    private let logger: Logger
    public let condition = MailCondition()
    private let waiting = Gauge(label: "mails_waiting")
    private let oldest = Gauge(label: "mail_oldest_seconds")

    /// - Parameter lease: longer than the transport may be at one message.
    public init(
        database: PostgresClient, tokens: SealedMailTokens, transport: any MailTransport, writer: MailWriter,
        logger: Logger, lease: Duration = .seconds(1_800)
    ) {
        self.database = database
        mailbox = PostgresMailbox(database: database, lease: lease)
        self.tokens = tokens
        self.transport = transport
        self.writer = writer
        self.logger = logger
    }

    public func run() async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await _ in database.notifications(on: "mails") { wake.yield() }
                }
                group.addTask {
                    while !Task.isCancelled {
                        wake.yield()
                        try? await Task.sleep(for: .seconds(5))
                    }
                }
                group.addTask {
                    for await _ in wakes { await sendAll() }
                }
            }
        }
        await transport.close()
    }

    /// How many mails wait and for how long, for the metrics. Fails: unavailable.
    public func measure() async throws {
        let backlog = try await mailbox.backlog()
        waiting.record(backlog.waiting)
        oldest.record(backlog.oldest / .seconds(1))
    }

    /// Until none is left, or the database is away, which is asked again at the next wake.
    private func sendAll() async {
        var backoff = Backoff(first: .seconds(1), longest: .seconds(60))
        while !Task.isCancelled {
            do {
                switch try await sendOne() {
                case .nothing: return
                case .done: backoff.reset()
                case .failed: try await Task.sleep(for: backoff.next())
                }
            } catch {
                if !Task.isCancelled { logger.warning("mails not sent", metadata: ["error": "\(error)"]) }
                return
            }
        }
    }

    /// The one that waits longest. Cancelling it leaves none behind as if somebody were at it.
    func sendOne() async throws -> Round {
        guard let mail = try await whole({ [mailbox] in try await mailbox.claim() }) else { return .nothing }
        if mail.isVoid { return try await end(mail, .void) }
        if mail.isExpired { return try await end(mail, .expired) }
        if mail.doubts > 1 { return try await end(mail, .uncertain) }
        if mail.doubts == 1 { logger.notice("mail sent once more, it may come twice", metadata: about(mail)) }
        if writer.isOurs(mail.email) { return try await end(mail, .unusable, failure: "to ourselves") }
        let message: MailMessage
        do {
            let token = try mail.secret.map { try tokens.open($0, for: mail.id) }
            message = try writer.message(for: mail, token: token)
        } catch {
            return try await end(mail, .unusable, failure: "\(error)")
        }
        do throws(MailFailure) {
            try await transport.send(message)
        } catch {
            return try await settle(mail, after: error)
        }
        condition.note(nil)
        return try await end(mail, .sent)
    }

    private func settle(_ mail: WaitingMail, after failure: MailFailure) async throws -> Round {
        let reason = failure.description
        if failure.needsOperator {
            logger.error("mail does not go out", metadata: ["error": "\(reason)"])
            condition.note(reason)
            return try await putBack(mail, for: .zero, isTry: false, reason, "needs-operator")
        }
        switch failure.outcome {
        case .refused:
            condition.note(nil)
            return try await end(mail, .refused, failure: reason)
        case .perhapsTaken:
            return try await putBack(
                mail, for: Self.pause(after: mail.tries), mayHaveGone: true, reason, "perhaps-taken")
        case .tryAgain:
            // A server that speaks is there; this mail it would rather have later.
            condition.note(failure.reply == nil ? reason : nil)
            return try await putBack(mail, for: Self.pause(after: mail.tries), reason, "try-again")
        }
    }

    private func end(_ mail: WaitingMail, _ end: PostgresMailbox.End, failure: String? = nil) async throws -> Round {
        count(mail, end.rawValue)
        if end != .sent {
            var metadata = about(mail)
            metadata["outcome"] = "\(end.rawValue)"
            metadata["error"] = failure.map { "\($0)" }
            logger.log(level: end == .void ? .info : .warning, "mail not sent", metadata: metadata)
        }
        let isOurs = try await whole { [mailbox] in try await mailbox.end(mail, end, failure: failure) }
        if !isOurs { logger.warning("mail was somebody else's by then", metadata: about(mail)) }
        return .done
    }

    private func putBack(
        _ mail: WaitingMail, for pause: Duration, mayHaveGone: Bool = false, isTry: Bool = true, _ failure: String,
        _ outcome: String
    ) async throws -> Round {
        count(mail, outcome)
        _ = try await whole { [mailbox] in
            try await mailbox.putBack(mail, for: pause, mayHaveGone: mayHaveGone, isTry: isTry, failure: failure)
        }
        return .failed
    }

    /// Half a minute, then twice as long each time, at most an hour.
    static func pause(after tries: Int) -> Duration {
        Duration.seconds(min(3_600, 30 << min(max(tries - 1, 0), 10))) * Double.random(in: 0.75...1)
    }

    private func count(_ mail: WaitingMail, _ outcome: String) {
        Counter(label: "mails_total", dimensions: [("kind", mail.kind.name), ("outcome", outcome)]).increment()
    }

    private func about(_ mail: WaitingMail) -> Logger.Metadata {
        ["mail": "\(mail.id.lowercased)", "kind": "\(mail.kind.name)", "tries": "\(mail.tries)"]
    }

    /// What has begun is not given up half way for a stop.
    private func whole<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await Task { try await body() }.value
    }
}
