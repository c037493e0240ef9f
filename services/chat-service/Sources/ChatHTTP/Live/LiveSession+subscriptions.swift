import ChatDomain
import DomainKit
import WebSocketKit

extension LiveSession {
    func subscription(to room: RoomID) -> Subscription? {
        subscriptions.first { $0.room.id == room }
    }

    func drop(_ subscription: Subscription) {
        subscriptions.removeAll { $0 === subscription }
        subscription.end()
    }

    /// Subscribing again starts over, from where the client says it is.
    func subscribe(_ id: FrameID, to room: RoomID, after known: (seq: Int64?, change: Int64?)) {
        guard let viewer else { return closeUnauthenticated() }
        let former = subscription(to: room)
        guard former != nil || subscriptions.count < service.settings.maximumSubscriptions else {
            return refuse(id, .tooManySubscriptions(limit: service.settings.maximumSubscriptions))
        }
        // The room hears of removals from now on, before it is asked who may listen: none falls between.
        let subscription = Subscription(session: self, room: loop.room(room))
        subscription.room.add(subscription)
        subscriptions.append(subscription)
        if let former { drop(former) }
        owe()
        Task { [self] in
            await loop.hub.ready(room)
            let result: Result<RoomPosition, Failure>
            do throws(Failure) {
                result = .success(try await service.actions.open(room, viewer))
            } catch {
                result = .failure(error)
            }
            loop.post(
                .run { _ in
                    self.subscribed(subscription, id, after: known, result)
                    self.settle()
                })
        }
    }

    private func subscribed(
        _ subscription: Subscription, _ id: FrameID, after known: (seq: Int64?, change: Int64?),
        _ result: Result<RoomPosition, Failure>
    ) {
        switch result.flatMapOptional({ subscription.open(at: $0) }) {
        case nil:
            refuse(id, .subscriptionReplaced(subscription.room.id))
        case .failure(let failure):
            refuse(id, failure)
            drop(subscription)
        case .success(let joined):
            let known = RoomPosition(seq: known.seq ?? joined.seq, change: known.change ?? joined.change)
            join(subscription, id, known, joined: joined, stored: (try? result.get()) ?? joined)
        }
    }

    /// - Parameters:
    ///   - joined: where this process stands, and the subscription with it.
    ///   - stored: where the room was found to stand, which may be farther.
    private func join(
        _ subscription: Subscription, _ id: FrameID, _ known: RoomPosition, joined: RoomPosition, stored: RoomPosition
    ) {
        let room = subscription.room
        let reached = RoomPosition(seq: max(joined.seq, stored.seq), change: max(joined.change, stored.change))
        let isFromAhead = known.seq > reached.seq || known.change > reached.change
        let most = service.settings.longestCatchUp
        let isTooFar =
            joined.seq - min(known.seq, joined.seq) > most || joined.change - min(known.change, joined.change) > most
        guard !isFromAhead, !isTooFar else {
            send(.subscribed(id, joined, membersOnline: room.usersOnline))
            return send(.resync(room.id, joined))
        }
        // Who has something that this process has yet to hear of does not get it again.
        let start = RoomPosition(seq: max(known.seq, joined.seq), change: max(known.change, joined.change))
        send(.subscribed(id, start, membersOnline: room.usersOnline))
        subscription.skip(through: start)
        if known != start { subscription.catchUp(after: known, upTo: joined) }
    }
}

extension Result {
    /// Nil when `transform` has nothing to say to a success.
    fileprivate func flatMapOptional<New>(_ transform: (Success) -> Result<New, Failure>?) -> Result<New, Failure>? {
        switch self {
        case .success(let value): transform(value)
        case .failure(let error): .failure(error)
        }
    }
}
