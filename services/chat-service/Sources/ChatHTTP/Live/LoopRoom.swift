import ChatDomain
import DomainKit
import NIOCore
import WebSocketKit

/// One room on one event loop: puts its messages in order and hands each to those who listen, once.
///
/// Signals may come late, early or not at all. What is next is delivered; what was delivered is dropped; what comes
/// too early waits, and when those before it do not come in time they are read from the log.
// @unchecked: touched on its loop only; tasks just carry it back there.
final class LoopRoom: @unchecked Sendable {
    /// What may wait in memory; anything beyond is read from the log when its turn comes.
    private static let mostHeld = 1_024
    private static let fillPage = 500

    let id: RoomID
    private unowned let loop: LiveLoop
    private var subscriptions: [Subscription] = []
    /// The last message handed out; nil until the first subscription knows where the log stands.
    private(set) var lastSeq: Int64?
    /// As far as the log is known to go.
    private var reached: Int64 = 0
    private var held: [Int64: EncodedFrame] = [:]
    private var isFilling = false
    var isReleased = false

    init(id: RoomID, loop: LiveLoop) {
        self.id = id
        self.loop = loop
    }

    func received(_ signal: RoomSignal, _ frame: EncodedFrame) {
        switch signal.kind {
        case .message: received(seq: signal.seq, frame)
        case .reached: received(reached: signal.seq)
        case .room: deliver(frame)
        case .typing: deliver(frame, except: signal.userID)
        case .removal: if let user = signal.userID { remove(user, signal.frame.isEmpty ? nil : frame) }
        case .closure: close(frame)
        }
    }

    private func deliver(_ frame: EncodedFrame, except user: UserID? = nil) {
        for subscription in subscriptions where user == nil || subscription.session.userID != user {
            subscription.deliver(frame)
        }
    }
}

// MARK: - The order of messages

extension LoopRoom {
    /// The log stood at `seq` when the first subscription was let in; later ones find the room under way.
    func start(at seq: Int64) {
        guard lastSeq == nil else { return }
        lastSeq = seq
        deliverHeld()
        fillIfNeeded(after: loop.hub.settings.gapPatience)
    }

    private func received(seq: Int64, _ frame: EncodedFrame) {
        guard let lastSeq else { return hold(seq, frame) }
        if seq == lastSeq + 1 {
            self.lastSeq = seq
            for subscription in subscriptions { subscription.deliver(frame, seq: seq) }
            loop.hub.metrics.delivered(subscriptions.count)
            if !held.isEmpty { deliverHeld() }
        } else if seq > lastSeq {
            hold(seq, frame)
            fillIfNeeded(after: loop.hub.settings.gapPatience)
        }
    }

    private func received(reached seq: Int64) {
        reached = max(reached, seq)
        fillIfNeeded(after: loop.hub.settings.gapPatience)
    }

    private func hold(_ seq: Int64, _ frame: EncodedFrame) {
        reached = max(reached, seq)
        if held.count < Self.mostHeld { held[seq] = frame }
    }

    private func deliverHeld() {
        guard let lastSeq else { return }
        if let oldest = held.keys.min(), oldest <= lastSeq { held = held.filter { $0.key > lastSeq } }
        while let next = self.lastSeq.map({ $0 + 1 }), let frame = held.removeValue(forKey: next) {
            received(seq: next, frame)
        }
    }

    private func fillIfNeeded(after patience: Duration) {
        guard let lastSeq, reached > lastSeq, !isFilling else { return }
        isFilling = true
        loop.eventLoop.scheduleTask(in: TimeAmount(patience)) { self.fill() }
    }

    private func fill() {
        guard !isReleased, let lastSeq, reached > lastSeq else {
            isFilling = false
            return
        }
        loop.hub.metrics.filledGap()
        let (log, id, reached, loop) = (loop.hub.log, id, reached, loop)
        Task {
            let result: Result<[Message], Failure>
            do throws(Failure) {
                // What another replica says the log goes to may be any number.
                let end = reached.addingReportingOverflow(1)
                let range = HistoryRange.after(lastSeq, before: end.overflow ? nil : end.partialValue)
                result = .success(try await log.messages(in: id, range, limit: Self.fillPage))
            } catch {
                result = .failure(error)
            }
            loop.post(.run { _ in self.filled(result) })
        }
    }

    private func filled(_ result: Result<[Message], Failure>) {
        isFilling = false
        guard case .success(let messages) = result else { return fillIfNeeded(after: .milliseconds(500)) }
        for message in messages {
            // The log is the truth: what it does not have will not come.
            if let lastSeq, message.seq > lastSeq + 1 { self.lastSeq = message.seq - 1 }
            received(seq: message.seq, ServerFrame.message(message).encoded)
        }
        if messages.isEmpty {
            reached = lastSeq ?? 0
            held = [:]
        }
        fillIfNeeded(after: .zero)
    }
}

// MARK: - Who listens

extension LoopRoom {
    var isEmpty: Bool { subscriptions.isEmpty }

    /// Who listens; false for those of whom it is not known yet whether they may.
    var listeners: [RoomMembership: Bool] {
        subscriptions.reduce(into: [:]) { listeners, subscription in
            guard let user = subscription.session.userID else { return }
            let membership = RoomMembership(roomID: id, userID: user)
            listeners[membership] = listeners[membership] == true || !subscription.isOpening
        }
    }

    /// How many users have the room open on this replica.
    var usersOnline: Int { loop.hub.usersOnline(in: id) }

    func add(_ subscription: Subscription) {
        subscription.place = subscriptions.count
        subscriptions.append(subscription)
        if let user = subscription.session.userID { loop.hub.entered(user, id) }
    }

    func remove(_ subscription: Subscription) {
        guard subscription.place < subscriptions.count, subscriptions[subscription.place] === subscription else {
            return
        }
        let last = subscriptions.removeLast()
        if last !== subscription {
            subscriptions[subscription.place] = last
            last.place = subscription.place
        }
        if let user = subscription.session.userID { loop.hub.left(user, id) }
        loop.release(self)
    }

    private func remove(_ user: UserID, _ notice: EncodedFrame?) {
        for subscription in subscriptions {
            if subscription.session.userID == user {
                subscription.revoke(.notAMember(of: id), telling: notice)
            } else if let notice {
                subscription.deliver(notice)
            }
        }
    }

    private func close(_ notice: EncodedFrame) {
        for subscription in subscriptions { subscription.revoke(.roomNotFound(id), telling: notice) }
    }
}
