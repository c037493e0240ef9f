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
        await replica(RedisClient(redis.configuration))
    }

    func replica(_ redis: RedisClient) async -> (relay: RedisRoomRelay, ear: RelayEar) {
        let relay = RedisRoomRelay(redis: redis, logger: Logger(label: "test"))
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
        let change = RoomSignal(.change, roomID: room, seq: 3, messageSeq: .max, frame: Array("{}".utf8))
        let (sealed, reached) = (
            RelayEnvelope.seal(change, origin: 7), RoomSignal(.changesReached, roomID: room, seq: 3)
        )
        #expect(RelayEnvelope.open(sealed, except: 8) == change)
        #expect(RelayEnvelope.open(RelayEnvelope.seal(reached, origin: 7), except: 8) == reached)
        var first = sealed
        first.setInteger(UInt8(1), at: first.readerIndex)
        #expect(RelayEnvelope.open(first, except: 8) == nil, "a change that does not say of which message")
        #expect(RelayEnvelope.open(ByteBuffer(string: "\u{1}\u{1}short"), except: 0) == nil)
    }

    @Test func `what a later version sends is understood as far as it goes`() {
        let signal = RoomSignal(.message, roomID: room, seq: 7, frame: Array("{}".utf8))
        let bytes = Array(RelayEnvelope.seal(signal, origin: 7).readableBytesView)
        func open(_ bytes: [UInt8]) -> RoomSignal? { RelayEnvelope.open(ByteBuffer(bytes: bytes), except: 8) }
        #expect(open(bytes) == signal)
        #expect(open([2] + bytes[1..<50] + [0, 3, 9, 9, 9] + Array("{}".utf8)) == signal, "members of the header")
        #expect(open([9] + bytes[1..<50] + [0, 0] + Array("{}".utf8)) == signal, "no more members")
        #expect(open([1, 99] + bytes[2...]) == nil, "a kind nobody knows")
        #expect(open([0] + bytes[1...]) == nil)
        #expect(open([2] + bytes[1..<50] + [0, 9] + Array("{}".utf8)) == nil, "a header that ends early")
        #expect(open(bytes[..<50] + Array("x".utf8)) == nil, "no frame")
        for length in 0..<50 { #expect(open(Array(bytes[..<length])) == nil) }
    }

    @Test func `a signal reaches the other replicas that listen, in order, and not its sender`() async throws {
        let redis = try await TestRedis.shared()
        let (first, second) = (await replica(redis), await replica(redis))
        let sent = (1...100).map { RoomSignal(.message, roomID: room, seq: $0, frame: Array("{}".utf8)) }
        for signal in sent { first.relay.publish(signal) }
        let heard = await second.ear.hear { $0 == .signal(sent[99]) }
        #expect(heard.filter { $0 != .resumed } == sent.map { .signal($0) })
        let answer = RoomSignal(.typing, roomID: room, userID: UserID(UUID()), frame: Array("{}".utf8))
        second.relay.publish(answer)
        #expect(await first.ear.hear { $0 == .signal(answer) }.filter { $0 != .resumed } == [.signal(answer)])
    }

    @Test func `a hub is told when signals may be lost and when they come again`() async throws {
        let redis = try await TestRedis.start()
        let second = await replica(redis)
        _ = await second.ear.hear { $0 == .resumed }
        try await redis.kill()
        #expect(await second.ear.hear { $0 == .interrupted } == [.interrupted])
        try await redis.start()
        #expect(await second.ear.hear { $0 == .resumed } == [.resumed])
    }

    @Test func `what could not be sent is made good as soon as sending works again`() async throws {
        var options = TestRedis.Options()
        options.users = ["sender on >secret ~* &* +@all"]
        let redis = try await TestRedis.start(options)
        var configuration = redis.configuration
        (configuration.username, configuration.password) = ("sender", "secret")
        let sender = RedisClient(configuration)
        let (first, second) = (await replica(sender), await replica(redis))
        _ = await second.ear.hear { $0 == .resumed }
        let administrator = RedisClient(redis.configuration)
        _ = try await administrator.send(RedisCommand("ACL", "SETUSER", "sender", "-spublish"))
        first.relay.publish(RoomSignal(.message, roomID: room, seq: 41, frame: Array("{}".utf8)))
        first.relay.publish(RoomSignal(.typing, roomID: room, userID: UserID(UUID()), frame: Array("{}".utf8)))
        first.relay.publish(RoomSignal(.message, roomID: room, seq: 40, frame: Array("{}".utf8)))
        first.relay.publish(RoomSignal(.removal, roomID: room, seq: 7, userID: UserID(UUID()), frame: Array("{}".utf8)))
        first.relay.publish(RoomSignal(.room, roomID: room, seq: 6, frame: Array("{}".utf8)))
        // Answered in order: by now all of them have been refused.
        try await sender.ping()
        // The second hears nothing of it until the sender may speak again, and then how far the log goes.
        _ = try await administrator.send(RedisCommand("ACL", "SETUSER", "sender", "+spublish"))
        let heard = await second.ear.hear { $0 == .signal(RoomSignal(.reached, roomID: room)) }
        #expect(heard.contains(.signal(RoomSignal(.reached, roomID: room, seq: 41))))
        #expect(heard.contains(.signal(RoomSignal(.changesReached, roomID: room, seq: 7))))
        #expect(heard.allSatisfy { if case .signal(let signal) = $0 { !signal.kind.hasFrame } else { false } })
    }
}
