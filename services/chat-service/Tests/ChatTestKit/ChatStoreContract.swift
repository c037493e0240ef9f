public import ChatDomain
public import DomainKit
import Foundation

/// What the three stores must do together, run on the fake and on PostgreSQL.
public struct ChatStoreContract: Sendable, CustomStringConvertible {
    public typealias Stores = RoomStore & MembershipStores & MessageLog

    /// What was promised and not kept.
    public struct Broken: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) {
            self.description = description
        }
    }

    public let description: String
    let body: @Sendable (any RoomStore, any MembershipStores, any MessageLog) async throws -> Void

    public func check(
        _ rooms: any RoomStore, _ members: any MembershipStores, _ log: any MessageLog
    ) async throws {
        try await body(rooms, members, log)
    }

    public static let all: [ChatStoreContract] =
        roomPromises + memberPromises + banPromises + logPromises + changePromises + noticePromises
        + slowModePromises + invitationPromises + directPromises + readPromises

    static func expect(_ holds: Bool, _ promise: String) throws {
        if !holds { throw Broken(description: promise) }
    }

    /// The code of what `body` fails with.
    static func failure(_ body: () async throws -> Void) async throws -> String {
        do {
            try await body()
        } catch let failure as Failure {
            return failure.code
        }
        throw Broken(description: "something that should have failed did not")
    }
}

extension RoomStore {
    public func update(
        _ room: RoomID, name: RoomName?, kind: Room.Kind?, if condition: RoomCondition
    ) async throws(Failure) -> RoomChange<Room> {
        try await update(room, RoomSettingsChange(name: name, kind: kind), if: condition)
    }

    /// However many its owner has. Nil for a repeat whose room has ended.
    @discardableResult
    public func insert(_ room: Room) async throws(Failure) -> Room? {
        guard case .stored(let stored) = try await insert(room, ifFewerThan: .max) else { return nil }
        return stored
    }
}

extension MemberStore {
    /// As somebody who finds the room open.
    public func join(
        _ user: UserID, _ room: RoomID, as role: RoomRole = .member
    ) async throws(Failure) -> MembershipChange? {
        try await change(
            user, in: room, to: role, as: user, at: Sample.moment(), if: MembershipRule { $0.user == nil })
    }

    public func leave(_ user: UserID, _ room: RoomID) async throws(Failure) -> MembershipChange? {
        try await change(user, in: room, to: nil, as: user, at: Sample.moment(), if: MembershipRule { $0.user != nil })
    }

    /// All there are, as somebody in the room sees them.
    public func list(_ room: Room) async throws(Failure) -> [Member] {
        try await members(of: room.id, PageRequest(), for: Sample.viewer(room.ownerID))?.page.items ?? []
    }
}

extension Room {
    /// That its owner has seen it as it is here.
    public var seen: RoomCondition { RoomCondition(version: version, caller: ownerID, roles: [.owner]) }
}
