import ChatDomain
import DomainKit
import Foundation

extension ChatStoreContract {
    private static let entering = MembershipRule { $0.user == nil && !$0.isBanned }

    private static func invite(
        into room: Room, _ token: InvitationToken, id: InvitationID = InvitationID(UUID()), as caller: UserID,
        until: Date? = nil, _ members: any InvitationStore
    ) async throws -> InvitationOpening.Outcome? {
        let opening = try await members.invite(
            into: room.id, id, token, uses: nil, until: until, as: caller, roles: [.owner, .moderator])
        return opening?.outcome
    }

    /// Whether a stranger with the token is.
    private static func isLetIn(
        _ token: InvitationToken, to room: Room, _ members: any InvitationStore
    ) async throws -> Bool? {
        let found = try await members.join(Sample.user(), room.id, by: token, at: Sample.moment(), if: entering)
        return found?.change.isMade
    }

    static let invitationPromises: [ChatStoreContract] = [
        ChatStoreContract(description: "an invitation lets in as many as it says, however many come at once") {
            rooms, members, _ in
            let (room, token) = (try Sample.room(kind: .private), InvitationToken())
            _ = try await rooms.insert(room)
            let made = try await members.invite(
                into: room.id, InvitationID(UUID()), token, uses: 3, until: nil, as: room.ownerID, roles: [.owner])
            guard case .made? = made?.outcome else { throw Broken(description: "made: \(String(describing: made))") }
            let guests = (0..<12).map { _ in Sample.user() }
            let joined = try await withThrowingTaskGroup(of: Bool.self) { group in
                for guest in guests {
                    group.addTask {
                        try await members.join(guest, room.id, by: token, at: Sample.moment(), if: entering)?.change
                            .isMade
                            == true
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            let inside = try await members.list(room)
            try expect(joined == 3 && inside.count == 4, "three and no more: \(joined)")
            let again = try await members.join(inside[1].userID, room.id, by: token, at: Sample.moment(), if: entering)
            try expect(again?.change.isMade == false && again?.change.member == inside[1], "who is in needs none")
            let late = try await members.join(Sample.user(), room.id, by: token, at: Sample.moment(), if: entering)
            try expect(late?.isValid == false && late?.change.member == nil, "it is used up")
            let page = try await members.invitations(
                of: room.id, PageRequest(), for: Sample.viewer(room.ownerID))?.page
            try expect(page?.items.isEmpty == true, "and not there any more")
        },
        ChatStoreContract(description: "an invitation is for its room, for its time, and made by those who may") {
            rooms, members, _ in
            let (room, other, member) = (try Sample.room(kind: .private), try Sample.room(), Sample.user())
            for each in [room, other] { _ = try await rooms.insert(each) }
            _ = try await members.join(member, room.id)
            let (token, id) = (InvitationToken(), InvitationID(UUID()))
            try expect(try await invite(into: room, token, as: member, members) == .refused, "not by a member")
            try expect(try await invite(into: room, token, as: Sample.user(), members) == .refused, "nor by a stranger")
            try expect(try await isLetIn(token, to: room, members) == false, "and then it lets nobody in")
            let past = Date(timeIntervalSinceNow: -1)
            try expect(
                try await invite(into: room, token, as: room.ownerID, until: past, members) == .over,
                "not one that has ended")
            _ = try await invite(
                into: room, token, id: id, as: room.ownerID, until: Date(timeIntervalSinceNow: 3_600), members)
            try expect(try await isLetIn(token, to: other, members) == false, "it is to its room alone")
            for _ in 0..<2 { try expect(try await isLetIn(token, to: room, members) == true, "as often as it is used") }
            let banned = Sample.user()
            _ = try await members.ban(
                banned, from: room.id, for: BanReason("x"), until: nil, as: room.ownerID,
                if: MembershipRule { $0.caller == .owner })
            let kept = try await members.join(banned, room.id, by: token, at: Sample.moment(), if: entering)
            try expect(kept?.change.isMade == false && kept?.change.standing.isBanned == true, "not for who is banned")
            let newer = InvitationToken()
            _ = try await invite(into: room, newer, id: id, as: room.ownerID, members)
            try expect(
                try await isLetIn(token, to: room, members) == false,
                "a repeat gives another token, the first counts no more")
            try expect(try await isLetIn(newer, to: room, members) == true, "and the other does")
            try expect(
                try await members.withdraw(id, from: room.id, as: member, roles: [.owner])?.isMade == false,
                "not withdrawn by others")
            try expect(
                try await members.withdraw(id, from: room.id, as: room.ownerID, roles: [.owner])?.isMade == true,
                "withdrawn")
            try expect(try await isLetIn(newer, to: room, members) == false, "and then it lets nobody in any more")
            try expect(
                try await members.withdraw(id, from: room.id, as: room.ownerID, roles: [.owner])?.isMade == false,
                "once")
            let brief = InvitationToken()
            _ = try await invite(
                into: room, brief, as: room.ownerID, until: Date(timeIntervalSinceNow: 0.2), members)
            let end = Date(timeIntervalSinceNow: 20)
            while try await isLetIn(brief, to: room, members) == true { try expect(Date() < end, "it ends by itself") }
        },
        ChatStoreContract(description: "a room has so many invitations and no more, listed for those who look after it")
        {
            rooms, members, _ in
            let room = try Sample.room()
            _ = try await rooms.insert(room)
            for _ in 0..<Invitation.mostOfRoom {
                _ = try await invite(into: room, InvitationToken(), as: room.ownerID, members)
            }
            try expect(try await invite(into: room, InvitationToken(), as: room.ownerID, members) == .full, "full")
            var (found, page) = (Set<InvitationID>(), PageRequest(limit: 30))
            repeat {
                guard let next = try await members.invitations(of: room.id, page, for: Sample.viewer(room.ownerID))
                else {
                    throw Broken(description: "a room")
                }
                found.formUnion(next.page.items.map(\.id))
                page.after = next.page.next
            } while page.after != nil
            try expect(found.count == Invitation.mostOfRoom, "each once")
            let seen = try await members.invitations(of: room.id, PageRequest(), for: Sample.viewer())
            try expect(seen?.page.items.isEmpty == true, "not to others")
        },
    ]

    static let directPromises: [ChatStoreContract] = [
        ChatStoreContract(
            description: "two people have one room with one another, whoever asks for it and however often"
        ) {
            rooms, members, _ in
            let (one, other) = (Sample.user(), Sample.user())
            func open(_ caller: UserID, with other: UserID, most: Int64 = .max) async throws -> DirectRoomOpening {
                try await rooms.direct(
                    Sample.room(kind: .private, owner: caller), with: other, ifFewerThan: most)
            }
            let found = try await withThrowingTaskGroup(of: DirectRoomOpening.self) { group in
                for number in 0..<20 {
                    group.addTask { try await number % 2 == 0 ? open(one, with: other) : open(other, with: one) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let opened = found.compactMap { opening -> (Room, Bool)? in
                if case .found(let room, let isNew) = opening { (room, isNew) } else { nil }
            }
            let ids = Set(opened.map(\.0.id))
            try expect(opened.count == 20 && ids.count == 1 && opened.count { $0.1 } == 1, "one room: \(ids)")
            let room = opened[0].0
            let inside =
                try await members.members(of: room.id, PageRequest(), for: Sample.viewer(one))?.page.items ?? []
            try expect(
                Set(inside.map(\.userID)) == [one, other] && inside.allSatisfy { $0.role == .member }, "as equals")
            try expect(room.kind == .private && room.memberCount == 2, "which is theirs")
            _ = try await members.leave(other, room.id)
            guard case .found(let back, false) = try await open(one, with: other) else {
                throw Broken(description: "found again")
            }
            try expect(back.id == room.id && back.memberCount == 2 && back.lastChange == 4, "with both in it")
            guard case .full(let owned) = try await open(one, with: Sample.user(), most: 0) else {
                throw Broken(description: "counted among the rooms of who opens it")
            }
            try expect(owned <= 1, "counted")
        }
    ]
}
