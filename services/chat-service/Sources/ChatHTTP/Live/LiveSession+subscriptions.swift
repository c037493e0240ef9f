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
    func subscribe(_ id: FrameID, to room: RoomID, _ afterSeq: Int64?) {
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
            let result: Result<Int64, Failure>
            do throws(Failure) {
                result = .success(try await service.actions.open(room, viewer))
            } catch {
                result = .failure(error)
            }
            loop.post(
                .run { _ in
                    self.subscribed(subscription, id, afterSeq, result)
                    self.settle()
                })
        }
    }

    private func subscribed(
        _ subscription: Subscription, _ id: FrameID, _ afterSeq: Int64?, _ result: Result<Int64, Failure>
    ) {
        switch result.flatMapOptional({ subscription.open(at: $0) }) {
        case nil:
            refuse(id, .subscriptionReplaced(subscription.room.id))
        case .failure(let failure):
            refuse(id, failure)
            drop(subscription)
        case .success(let joined):
            let reached = max(joined, (try? result.get()) ?? 0)
            join(subscription, id, afterSeq, joined: joined, reached: reached)
        }
    }

    private func join(
        _ subscription: Subscription, _ id: FrameID, _ afterSeq: Int64?, joined: Int64, reached: Int64
    ) {
        let room = subscription.room
        let known = afterSeq ?? joined
        let isSeenAhead = known > joined && known <= reached
        let lastSeq = isSeenAhead ? known : joined
        send(.subscribed(id, lastSeq: lastSeq, membersOnline: room.usersOnline))
        if isSeenAhead {
            subscription.skip(through: known)
        } else if known > reached || joined - known > service.settings.longestCatchUp {
            send(.resync(room.id, lastSeq: joined))
        } else if known < joined {
            subscription.catchUp(after: known, upTo: joined)
        }
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
