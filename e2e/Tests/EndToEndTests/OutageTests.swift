import Foundation
import NIOHTTP1
import Testing

extension EndToEnd {
    @Suite
    struct OutageTests {
        @Test(.timeLimit(.minutes(3)), arguments: [Platform.Part.firstChat, .secondChat, .redis, .postgres])
        func `a conversation goes on when a part is killed in the middle: nothing missed, nothing doubled`(
            part: Platform.Part
        ) async throws {
            let anna = try await Person.signUp("anna")
            let ben = try await Person.signUp("ben")
            let room = try await anna.createRoom()
            try await ben.join(room)
            let count = 60
            // Two listeners, as the gateway spreads them over both replicas.
            async let heardByAnna = FaithfulListener(person: anna, room: room).hear(count)
            async let heardByBen = FaithfulListener(person: ben, room: room).hear(count)

            let clientIDs = (1...count).map { _ in UUID().uuidString }
            for number in 1...20 { try await anna.send("message \(number)", clientID: clientIDs[number - 1], to: room) }
            try await Platform.kill(part)
            async let started: Void = Platform.start(part)
            for number in 21...count {
                try await ben.send("message \(number)", clientID: clientIDs[number - 1], to: room)
            }
            try await started

            let expected = (1...count).map { "message \($0)" }
            #expect(try await heardByAnna == expected)
            #expect(try await heardByBen == expected)
            let history = try await Platform.eventually("history after the outage") { try await ben.history(of: room) }
            #expect(history.map(\.body) == expected)
            #expect(history.map(\.seq) == Array(1...count))
            #expect(history.map(\.clientId) == clientIDs)
        }

        @Test func `with PostgreSQL away callers get a problem, and service returns with it`() async throws {
            let person = try await Person.signUp("patient")
            try await Platform.kill(.postgres)
            let away = try await person.api.call(.GET, "/v1/me")
            #expect(away.status == 503 && away.problemCode != nil)
            #expect(away.headers.first(name: "Retry-After") != nil)
            try await Platform.start(.postgres)
            try await Platform.eventually("the profile is back") {
                try await person.api.call(.GET, "/v1/me").status == 200 ? true : nil
            }
        }
    }

    /// A client as it should be: keeps the last number it has seen, and asks for what follows whenever it has lost its socket.
    struct FaithfulListener {
        let person: Person
        let room: RoomBody

        /// The first `count` messages, in the order they came.
        func hear(_ count: Int) async throws -> [String] {
            var heard: [String] = []
            try await Platform.eventually("\(count) messages at a listener", within: .seconds(120)) {
                () async throws -> Bool? in
                let socket = try await ChatSocket(token: person.tokens.accessToken)
                do {
                    try await socket.subscribe(to: room, after: heard.count)
                    while heard.count < count {
                        let message = try await socket.nextMessage()
                        #expect(message.seq == heard.count + 1)
                        heard.append(message.body ?? "")
                    }
                } catch {
                    await socket.disconnect()
                    throw error
                }
                await socket.disconnect()
                return true
            }
            return heard
        }
    }
}
