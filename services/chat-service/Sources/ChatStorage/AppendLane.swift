import ChatDomain
import DomainKit
import Foundation
import NIOCore
import Postgres
import StorageKit
import Synchronization

/// Group commit: collects the drafts that come while the former group is being committed, and appends them with one
/// statement. Under much load a commit is shared by hundreds.
///
/// A draft that comes when nothing has been going on for a while goes at once. When drafts follow one another closely
/// a small group waits a few milliseconds for company, and goes as soon as it has it: a commit costs many times what a
/// further message in it does.
final class AppendLane: Sendable {
    private struct Entry: Sendable {
        let draft: MessageDraft
        let reply: MessageLog.Reply
    }

    private struct State {
        var queue: [Entry] = []
        var isRunning = false
        /// When the last group was sent.
        var sentAt: ContinuousClock.Instant?
        var cameAt = ContinuousClock.now
        /// How far drafts lie apart, smoothed.
        var gap = Duration.seconds(1)
        /// Set while a small group waits for company.
        var lingering: CheckedContinuation<Void, Never>?
        /// How many groups have waited, so that a timer ends the wait it was set for and no later one.
        var waits = 0
        var statements = 0
    }

    /// What one statement takes at most.
    private static let largestGroup = 512
    /// What may wait: beyond it the database is too slow to take more promises.
    private static let longestQueue = 16_384

    /// Groups are close to one another when less than so many times the wait lies between them.
    private static let recency = 3
    /// A wait has to bring so many halves of a draft.
    private static let worthwhile = 3
    /// A group of so many needs no more company.
    private static let company = 16

    private let client: PostgresClient
    private let linger: Duration
    private let timers: any EventLoop
    private let state = Mutex(State())

    /// - Parameter timers: the event loop that ends waits. A task that sleeps costs two more changes of threads.
    init(client: PostgresClient, linger: Duration, timers: any EventLoop) {
        self.client = client
        self.linger = linger
        self.timers = timers
    }

    func append(_ draft: MessageDraft, reply: @escaping MessageLog.Reply) {
        enum Next { case refuse, start, wait, depart(CheckedContinuation<Void, Never>?) }
        let next: Next = state.withLock { state in
            guard state.queue.count < Self.longestQueue else { return .refuse }
            state.queue.append(Entry(draft: draft, reply: reply))
            noteArrival(&state)
            guard state.isRunning else {
                state.isRunning = true
                return .start
            }
            return state.queue.count < Self.company ? .wait : .depart(state.lingering.take())
        }
        switch next {
        case .refuse: reply(.failure(.unavailable("room in the append queue")))
        // Detached: the group belongs to no caller in particular.
        case .start: Task.detached { await self.run() }
        case .wait: break
        case .depart(let lingering): lingering?.resume()
        }
    }

    private func noteArrival(_ state: inout State) {
        let now = ContinuousClock.now
        // A pause says that there was one, not how fast the next come.
        let gap = min(now - state.cameAt, linger * Self.recency)
        state.gap += (gap - state.gap) / 16
        state.cameAt = now
    }

    private func run() async {
        repeat {
            await gatherCompany()
            guard let group = next() else { return }
            await commit(group)
        } while true
    }

    /// Waits while the group is small, others were sent not long ago, and company is to be expected meanwhile.
    private func gatherCompany() async {
        guard linger > .zero else { return }
        await withCheckedContinuation { continuation in
            let wait: Int? = state.withLock { state in
                guard !state.queue.isEmpty, state.queue.count < Self.company,
                    let sentAt = state.sentAt, ContinuousClock.now - sentAt < linger * Self.recency,
                    state.gap * Self.worthwhile < linger * 2
                else { return nil }
                state.lingering = continuation
                state.waits += 1
                return state.waits
            }
            guard let wait else { return continuation.resume() }
            timers.scheduleTask(in: TimeAmount(linger)) { [weak self] in
                self?.state.withLock { $0.waits == wait ? $0.lingering.take() : nil }?.resume()
            }
        }
    }

    /// How many groups have waited for company, one that does so now included.
    var waits: Int {
        state.withLock { $0.waits }
    }

    private func next() -> [Entry]? {
        state.withLock { state in
            state.sentAt = .now
            guard !state.queue.isEmpty else {
                state.isRunning = false
                return nil
            }
            let group = Array(state.queue.prefix(Self.largestGroup))
            state.queue.removeFirst(group.count)
            return group
        }
    }

    /// How many statements were sent.
    var statements: Int {
        state.withLock { $0.statements }
    }

    private func commit(_ group: [Entry]) async {
        do {
            try await append(group)
        } catch let error as PostgresError where Self.isFault(of: group, error) {
            await commitEach(of: group)
        } catch {
            refuse(group, error)
        }
    }

    /// Nothing of the group took effect: whichever draft the server cannot take fails alone. Whatever may work later
    /// ends it for all that are left: they do not wait one after the other for what kept the first waiting.
    private func commitEach(of group: [Entry]) async {
        for (place, entry) in group.enumerated() {
            do {
                try await append([entry])
            } catch let error as PostgresError where error.kind == .server && !error.passes {
                refuse([entry], error)
            } catch {
                return refuse(group[place...], error)
            }
        }
    }

    private static func isFault(of group: [Entry], _ error: PostgresError) -> Bool {
        error.kind == .server && !error.passes && group.count > 1
    }

    private func append(_ group: [Entry]) async throws {
        state.withLock { $0.statements += 1 }
        let rows = try await client.query(Self.statement(group.map(\.draft)))
        guard rows.count == group.count else {
            throw PostgresError(.decoding, "\(rows.count) outcomes for \(group.count) drafts")
        }
        for (entry, row) in zip(group, rows) { entry.reply(Self.outcome(of: entry.draft, row)) }
    }

    private func refuse(_ group: some Sequence<Entry>, _ error: any Error) {
        let failure = (error as? PostgresError).map { Failure($0) } ?? .unavailable("postgres", cause: error)
        for entry in group { entry.reply(.failure(failure)) }
    }

    private static func statement(_ drafts: [MessageDraft]) -> SQL {
        """
        SELECT outcome, message_id, message_seq, message_sent_at, wait_ms FROM append_drafts(
            \(drafts.map(\.id.uuid)), \(drafts.map(\.roomID.uuid)), \(drafts.map(\.senderID.uuid)),
            \(drafts.map(\.clientID.description)), \(drafts.map(\.body.description)),
            \(drafts.map { $0.replyTo?.uuid })
        )
        """
    }

    private static func outcome(of draft: MessageDraft, _ row: PostgresRow) -> Result<Receipt, Failure> {
        do throws(PostgresError) {
            let (outcome, id, seq, sentAt, wait) = try row.decode((String, UUID?, Int64?, Date?, Int64?).self)
            switch outcome {
            case "room-not-found": return .failure(.roomNotFound(draft.roomID))
            case "not-a-member": return .failure(.notAMember(of: draft.roomID))
            case "reply-target-not-found": return .failure(.replyTargetNotFound(in: draft.roomID))
            case "slow-mode": return .failure(.slowMode(in: draft.roomID, wait: .milliseconds(wait ?? 1)))
            default: break
            }
            guard let id, let seq, let sentAt else { throw PostgresError(.decoding, "an outcome without its message") }
            return .success(
                Receipt(messageID: MessageID(id), seq: seq, sentAt: sentAt, isRepeat: outcome == "repeated"))
        } catch {
            return .failure(Failure(error))
        }
    }
}
