import ChatDomain
import DomainKit
import Foundation
import Logging
import NIOCore
import PlatformTesting
import Redis
import Testing

@testable import ChatStorage

/// Remembers what a relay said, and lets a test wait for it.
final class RelayEar: RoomRelayReceiver {
    enum Heard: Sendable, Equatable {
        case signal(RoomSignal)
        case interrupted
        case resumed
    }

    private let stream = AsyncStream.makeStream(of: Heard.self)

    func received(_ signal: RoomSignal) { stream.continuation.yield(.signal(signal)) }
    func interrupted() { stream.continuation.yield(.interrupted) }
    func resumed() { stream.continuation.yield(.resumed) }

    /// Waits for the first that fits and returns it with all before it.
    func hear(until isLast: (Heard) -> Bool) async -> [Heard] {
        var heard: [Heard] = []
        for await next in stream.stream {
            heard.append(next)
            if isLast(next) { break }
        }
        return heard
    }
}

@Suite(.timeLimit(.minutes(1))) struct RedisRoomRelayTests {
    let room = RoomID(UUID())

    func replica(_ redis: TestRedis) async -> (relay: RedisRoomRelay, ear: RelayEar) {
        let relay = RedisRoomRelay(redis: RedisClient(redis.configuration), logger: Logger(label: "test"))
        let ear = RelayEar()
        relay.deliver(to: ear)
        await withCheckedContinuation { continuation in relay.listen(to: room) { continuation.resume() } }
        return (relay, ear)
    }

    @Test func `every signal survives its envelope`() {
        let kinds: [RoomSignal.Kind] = [.message, .reached, .room, .removal, .closure, .typing]
        for kind in kinds {
            for user in [nil, UserID(UUID())] {
                let signal = RoomSignal(kind, roomID: room, seq: .max, userID: user, frame: Array("{\"é\":1}".utf8))
                #expect(RelayEnvelope.open(RelayEnvelope.seal(signal, origin: 7), except: 8) == signal)
                #expect(RelayEnvelope.open(RelayEnvelope.seal(signal, origin: 7), except: 7) == nil)
            }
        }
        #expect(RelayEnvelope.open(ByteBuffer(string: "\u{1}\u{1}short"), except: 0) == nil)
    }

    @Test func `a signal reaches the other replicas that listen, in order, and not its sender`() async throws {
        let redis = try await TestRedis.shared()
        let (first, second) = (await replica(redis), await replica(redis))
        let sent = (1...100).map { RoomSignal(.message, roomID: room, seq: $0, frame: [1, 2, 3]) }
        for signal in sent { first.relay.publish(signal) }
        let heard = await second.ear.hear { $0 == .signal(sent[99]) }
        #expect(heard.filter { $0 != .resumed } == sent.map { .signal($0) })
        let answer = RoomSignal(.typing, roomID: room, userID: UserID(UUID()))
        second.relay.publish(answer)
        #expect(await first.ear.hear { $0 == .signal(answer) }.filter { $0 != .resumed } == [.signal(answer)])
    }

    @Test func `a hub is told when signals may be lost and when they come again`() async throws {
        let redis = try await TestRedis.start()
        let (first, second) = (await replica(redis), await replica(redis))
        try await redis.kill()
        _ = await second.ear.hear { $0 == .interrupted }
        first.relay.publish(RoomSignal(.message, roomID: room, seq: 41, frame: [1]))
        try await redis.start()
        _ = await second.ear.hear { $0 == .resumed }
        // The sender may still be cut off itself; then it says so afterwards, without the frame.
        let later = RoomSignal(.message, roomID: room, seq: 42, frame: [1])
        let repaired = RoomSignal(.reached, roomID: room, seq: 42)
        first.relay.publish(later)
        let heard = await second.ear.hear { $0 == .signal(later) || $0 == .signal(repaired) }
        #expect(heard.last == .signal(later) || heard.last == .signal(repaired))
    }
}
