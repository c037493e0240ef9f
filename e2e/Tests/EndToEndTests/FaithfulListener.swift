import Foundation
import PlatformTesting
import Synchronization
import Testing

extension EndToEnd {
    /// A client as it should be: keeps the last number it has seen, asks for what follows whenever it has lost its socket,
    /// and reads the history when that is too much for a socket.
    final class FaithfulListener: Sendable {
        private let person: Person
        private let room: RoomBody
        private let heard = Mutex<[String]>([])

        init(person: Person, room: RoomBody) {
            self.person = person
            self.room = room
        }

        /// The bodies of the first `count` messages, in the order they came. A gap or a repeat fails the test. Fails: `NeverHappened`.
        func hear(_ count: Int, within limit: Duration = .seconds(120)) async throws -> [String] {
            try await eventually("\(count) messages at a listener", within: limit) {
                () async throws -> Bool? in
                let socket = try await ChatSocket(token: person.tokens.accessToken)
                do {
                    try await socket.subscribe(to: room, after: heardSoFar)
                    while heardSoFar < count {
                        let message = try await socket.nextMessage()
                        keep(message.seq, message.body ?? "")
                    }
                } catch {
                    if error is ChatSocket.MissedTooMuch {
                        for message in try await person.history(of: room, after: heardSoFar) {
                            keep(message.seq, message.body)
                        }
                    }
                    await socket.disconnect()
                    throw error
                }
                await socket.disconnect()
                return true
            }
            return heard.withLock { Array($0.prefix(count)) }
        }

        private var heardSoFar: Int { heard.withLock { $0.count } }

        private func keep(_ seq: Int?, _ body: String) {
            heard.withLock { heard in
                #expect(seq == heard.count + 1)
                heard.append(body)
            }
        }
    }
}
