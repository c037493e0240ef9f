public import ChatDomain
public import DomainKit
import Foundation
public import Logging
import NIOCore
public import Redis
import Synchronization

/// Room signals over sharded pub/sub, one channel a room.
///
/// Pub/sub loses what is published while a subscriber is away; the hub makes up for it from the log when it is told.
/// What could not be published at all is made good here: once Redis answers again every room concerned gets a
/// `reached` signal, so that the other replicas look into its log too.
public final class RedisRoomRelay: RoomRelay {
    private struct State {
        /// The rooms with messages that were not published, and how far their logs had come.
        var unpublished: [RoomID: Int64] = [:]
        /// The same of their changes.
        var unpublishedChanges: [RoomID: Int64] = [:]
        /// The rooms with other signals that were not.
        var unsettled: Set<RoomID> = []
        var isRepairing = false
    }

    private let redis: RedisClient
    private let inbox: RelayInbox
    private let subscriber: RedisSubscriber
    private let state = Mutex(State())
    private let logger: Logger

    public init(redis: RedisClient, logger: Logger) {
        self.redis = redis
        self.logger = logger
        let inbox = RelayInbox(origin: UInt64.random(in: 1 ... .max), logger: logger)
        self.inbox = inbox
        subscriber = redis.subscriber(onEvent: { inbox.event($0) }, onMessage: { inbox.message($0) })
    }

    /// Whom to tell what comes. Before it is set signals are dropped.
    public func deliver(to receiver: any RoomRelayReceiver) {
        inbox.deliver(to: receiver)
    }

    public func close() {
        subscriber.close()
    }

    public func listen(to room: RoomID, ready: @escaping @Sendable () -> Void) {
        subscriber.subscribe([.shard(Self.channel(room))]) { _ in ready() }
    }

    public func ignore(_ room: RoomID) {
        subscriber.unsubscribe(.shard(Self.channel(room)))
    }

    public func publish(_ signal: RoomSignal) {
        let payload = RelayEnvelope.seal(signal, origin: inbox.origin)
        redis.publishForgetting(payload, to: Self.channel(signal.roomID), sharded: true) { [weak self] _ in
            self?.failed(signal)
        }
    }

    private static func channel(_ room: RoomID) -> String { "chat:room:\(room)" }
}

// MARK: - Making good

extension RedisRoomRelay {
    private func failed(_ signal: RoomSignal) {
        // Typing is worth nothing later, and a mark is told again when it moves. Of a removal more than its number is told: `reached` without a seq has the hubs look at the
        // members too.
        guard signal.kind != .typing, signal.kind != .read else { return }
        let isFirst = state.withLock { state in
            if signal.kind == .removal { state.unsettled.insert(signal.roomID) }
            switch signal.kind {
            case .change, .changesReached, .room, .removal:
                state.unpublishedChanges[signal.roomID] = max(
                    signal.seq, state.unpublishedChanges[signal.roomID] ?? 0)
            case _ where signal.seq > 0:
                state.unpublished[signal.roomID] = max(signal.seq, state.unpublished[signal.roomID] ?? 0)
            default: state.unsettled.insert(signal.roomID)
            }
            defer { state.isRepairing = true }
            return !state.isRepairing
        }
        if isFirst { Task.detached { [weak self] in await self?.repair() } }
    }

    private func repair() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(200))
            guard (try? await redis.ping()) != nil else { continue }
            let missed = state.withLock { state in
                defer { state = State() }
                return state
            }
            let count = missed.unpublished.count + missed.unpublishedChanges.count + missed.unsettled.count
            logger.info("signals made good", metadata: ["rooms": "\(count)"])
            for (room, seq) in missed.unpublished { publish(RoomSignal(.reached, roomID: room, seq: seq)) }
            for (room, change) in missed.unpublishedChanges {
                publish(RoomSignal(.changesReached, roomID: room, seq: change))
            }
            for room in missed.unsettled { publish(RoomSignal(.reached, roomID: room)) }
            return
        }
    }
}

/// The receiving end: called on the subscriber's event loop.
final class RelayInbox: Sendable {
    let origin: UInt64
    private let receiver = Mutex<(any RoomRelayReceiver)?>(nil)
    private let logger: Logger

    init(origin: UInt64, logger: Logger) {
        self.origin = origin
        self.logger = logger
    }

    func deliver(to receiver: any RoomRelayReceiver) {
        self.receiver.withLock { $0 = receiver }
    }

    func message(_ message: RedisMessage) {
        // Our own come back too: the hub had them first.
        guard let signal = RelayEnvelope.open(message.payload, except: origin) else { return }
        receiver.withLock { $0 }?.received(signal)
    }

    func event(_ event: RedisSubscriberEvent) {
        let receiver = receiver.withLock { $0 }
        switch event {
        case .connected(let rooms):
            logger.info("relay connected", metadata: ["rooms": "\(rooms)"])
            receiver?.resumed()
        case .disconnected(let error):
            logger.warning("relay disconnected", metadata: ["error": "\(error)"])
            receiver?.interrupted()
        }
    }
}
