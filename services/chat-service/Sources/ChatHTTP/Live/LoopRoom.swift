import ChatDomain
import DomainKit
import NIOCore
import WebSocketKit

/// One room on one event loop: puts its messages and its changes in order and hands each to those who listen, once.
// @unchecked: touched on its loop only; tasks just carry it back there.
final class LoopRoom: @unchecked Sendable {
    private static let page = 500

    let id: RoomID
    private unowned let loop: LiveLoop
    private var subscriptions: [Subscription] = []
    private lazy var messages = RoomOrder(
        loop: loop, read: Self.messages(of: id, in: loop.hub.log),
        handOut: { [unowned self] in handOut(message: $0) })
    private lazy var changes = RoomOrder(
        loop: loop, read: Self.changes(of: id, in: loop.hub.log),
        isTime: { [unowned self] in isTime(forChange: $0) },
        handOut: { [unowned self] in handOut(change: $0) })

    init(id: RoomID, loop: LiveLoop) {
        self.id = id
        self.loop = loop
        // A change that waits for a message there is none of was told wrongly.
        messages.ranDry = { [unowned self] in changes.doubtHeld() }
    }

    /// Nobody listens any more.
    func end() {
        messages.end()
        changes.end()
    }

    /// As far as this loop has handed out; nil before the first subscription.
    var position: RoomPosition? {
        guard let seq = messages.last, let change = changes.last else { return nil }
        return RoomPosition(seq: seq, change: change)
    }

    /// The room stood there when the first subscription was let in; later ones find it under way.
    func start(at position: RoomPosition) {
        messages.start(at: position.seq)
        changes.start(at: position.change)
    }

    func received(_ signal: RoomSignal, _ frame: EncodedFrame) {
        switch signal.kind {
        case .message: messages.received(RoomOrder.Entry(number: signal.seq, frame: frame))
        case .reached: messages.received(reached: signal.seq)
        case .change:
            changes.received(RoomOrder.Entry(number: signal.seq, frame: frame, messageSeq: signal.messageSeq))
        case .changesReached: changes.received(reached: signal.seq)
        case .room: note(signal, frame)
        case .typing: deliver(frame, except: signal.userID)
        case .read: deliver(frame)
        case .removal: removed(signal, frame)
        case .closure: close(frame)
        }
    }

    /// Who is out hears nothing more from now on, whatever is missing of the order; the others hear of it when its turn comes.
    private func removed(_ signal: RoomSignal, _ frame: EncodedFrame) {
        if let user = signal.userID { remove(user, change: signal.seq, signal.frame.isEmpty ? nil : frame) }
        note(signal, frame)
    }

    /// What has no number is told by a program older than this one, and is found in the store with its number.
    private func note(_ signal: RoomSignal, _ frame: EncodedFrame) {
        guard signal.seq > 0 else { return }
        changes.received(RoomOrder.Entry(number: signal.seq, frame: frame, departed: signal.userID))
    }

    private func deliver(_ frame: EncodedFrame, except user: UserID? = nil) {
        for subscription in subscriptions where user == nil || subscription.session.userID != user {
            subscription.deliver(frame)
        }
    }
}

// MARK: - What is in order

extension LoopRoom {
    private func handOut(message: RoomOrder.Entry) {
        for subscription in subscriptions { subscription.deliver(message.frame, seq: message.number) }
        loop.hub.metrics.delivered(subscriptions.count)
        changes.resume()
    }

    /// After its message: who heard of the change first would take what the message said before for the newest.
    private func isTime(forChange change: RoomOrder.Entry) -> Bool {
        if let seq = messages.last, change.messageSeq <= seq { return true }
        messages.received(reached: change.messageSeq)
        return false
    }

    private func handOut(change: RoomOrder.Entry) {
        // Nobody may have been told of it but by the store.
        if let user = change.departed { remove(user, change: change.number, change.frame) }
        for subscription in subscriptions { subscription.deliver(change.frame, change: change.number) }
        loop.hub.metrics.delivered(subscriptions.count)
    }

    private static func messages(of room: RoomID, in log: any MessageLog) -> RoomOrder.Reader {
        { after, upTo throws(Failure) in
            // What another replica says the log goes to may be any number.
            let end = upTo.addingReportingOverflow(1)
            let range = HistoryRange.after(after, before: end.overflow ? nil : end.partialValue)
            return try await log.messages(in: room, range, limit: page).map {
                RoomOrder.Entry(number: $0.seq, frame: ServerFrame.message($0).encoded)
            }
        }
    }

    private static func changes(of room: RoomID, in log: any MessageLog) -> RoomOrder.Reader {
        { after, _ throws(Failure) in
            try await log.changes(in: room, after: after, limit: page).map { entry in
                let frame = ServerFrame(entry).encoded
                return switch entry {
                case .message(let change):
                    RoomOrder.Entry(number: entry.change, frame: frame, messageSeq: change.message.seq)
                case .room(let notice):
                    RoomOrder.Entry(number: entry.change, frame: frame, departed: notice.departed)
                }
            }
        }
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

    /// - Parameter change: the number of the removal; 0 where it is not known, and then it is newer than anything.
    private func remove(_ user: UserID, change: Int64, _ notice: EncodedFrame?) {
        for subscription in subscriptions where subscription.session.userID == user {
            subscription.revoke(.notAMember(of: id), by: change, telling: notice)
        }
    }

    private func close(_ notice: EncodedFrame) {
        for subscription in subscriptions { subscription.revoke(.roomNotFound(id), by: 0, telling: notice) }
    }
}
