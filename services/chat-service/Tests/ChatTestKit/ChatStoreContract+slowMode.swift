import ChatDomain
import DomainKit
import Foundation

extension ChatStoreContract {
    /// A room in slow mode with a plain member.
    private static func slowRoom(
        _ seconds: Int, _ rooms: any RoomStore, _ members: any MemberStore
    ) async throws -> (room: Room, member: UserID) {
        let (room, member) = (try Sample.room(), Sample.user())
        _ = try await rooms.insert(room)
        _ = try await members.join(member, room.id)
        let change = RoomSettingsChange(slowMode: try SlowMode(seconds: seconds))
        guard case .done(let slow) = try await rooms.update(room.id, change, if: room.seen) else {
            throw Broken(description: "slow mode is set")
        }
        try expect(slow.slowModeSeconds == seconds && slow.name == room.name, "and nothing else")
        return (slow, member)
    }

    private static func refusal(of draft: MessageDraft, in log: any MessageLog) async -> Failure? {
        do throws(Failure) {
            _ = try await log.append(draft)
            return nil
        } catch {
            return error
        }
    }

    static let slowModePromises: [ChatStoreContract] = [
        ChatStoreContract(description: "in slow mode a plain member waits, and nobody gets round it by leaving") {
            rooms, members, log in
            let (room, member) = try await slowRoom(3_600, rooms, members)
            let first = try Sample.draft(in: room.id, by: member)
            let receipt = try await log.append(first)
            let early = try await refusal(of: Sample.draft(in: room.id, by: member), in: log)
            try expect(early?.code == "chat.slow-mode" && early?.kind == .rateLimited, "refused")
            guard case .number(let wait)? = early?.extensions["retry_after_ms"] else {
                throw Broken(description: "told how long")
            }
            try expect((3_500_000...3_600_000).contains(wait), "which is what is left: \(wait)")
            try expect(
                early?.retryAfter.map { $0 > .seconds(3_500) && $0 <= .seconds(3_600) } == true,
                "and the same in seconds")
            let again = try await log.append(
                MessageDraft(
                    id: MessageID(UUID()), roomID: room.id, senderID: member, clientID: first.clientID, body: first.body
                ))
            try expect(again.isRepeat && again.messageID == receipt.messageID, "what was said is told again")
            _ = try await members.leave(member, room.id)
            _ = try await members.join(member, room.id)
            try expect(
                try await refusal(of: Sample.draft(in: room.id, by: member), in: log)?.code == "chat.slow-mode",
                "nor by leaving")
            for _ in 0..<3 {
                try expect(
                    try await refusal(of: Sample.draft(in: room.id, by: room.ownerID), in: log) == nil,
                    "the owner is exempt")
            }
            _ = try await members.change(
                member, in: room.id, to: .moderator, as: room.ownerID, at: Sample.moment(),
                if: MembershipRule { $0.user == .member })
            try expect(try await refusal(of: Sample.draft(in: room.id, by: member), in: log) == nil, "and a moderator")
            let said = try await log.messages(in: room.id, .after(0, before: nil), limit: 99)
            try expect(said.map(\.seq) == [1, 2, 3, 4, 5], "what was refused leaves no hole")
        },
        ChatStoreContract(description: "of what a member says at once in slow mode one message is stored") {
            rooms, members, log in
            let (room, member) = try await slowRoom(3_600, rooms, members)
            let quick = try await slowRoom(0, rooms, members)
            let codes: [String: Int] = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<30 {
                    let draft = try Sample.draft(in: room.id, by: member, clientID: "\(number / 2)")
                    group.addTask {
                        do throws(Failure) {
                            return try await log.append(draft).isRepeat ? "again" : "stored"
                        } catch { return error.code }
                    }
                    let other = try Sample.draft(in: quick.room.id, by: quick.member)
                    group.addTask {
                        _ = try await log.append(other)
                        return nil
                    }
                }
                return try await group.reduce(into: [:]) { counts, code in
                    if let code { counts[code, default: 0] += 1 }
                }
            }
            try expect(codes == ["stored": 1, "again": 1, "chat.slow-mode": 28], "\(codes)")
            try expect(
                try await log.messages(in: quick.room.id, .before(nil), limit: 99).count == 30,
                "others of the batch are not held up")
        },
        ChatStoreContract(description: "a wait in slow mode ends") { rooms, members, log in
            let (room, member) = try await slowRoom(1, rooms, members)
            _ = try await log.append(Sample.draft(in: room.id, by: member))
            let end = Date(timeIntervalSinceNow: 20)
            while true {
                let draft = try Sample.draft(in: room.id, by: member)
                let seq: Int64
                do throws(Failure) {
                    seq = try await log.append(draft).seq
                } catch {
                    try expect(error.code == "chat.slow-mode" && Date() < end, "let through when it has waited")
                    continue
                }
                return try expect(seq == 2, "the next")
            }
        },
    ]
}
