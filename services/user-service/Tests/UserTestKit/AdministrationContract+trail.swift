import DomainKit
import Foundation
import UserDomain

/// What a store tells of changes afterwards.
extension AdministrationContract {
    /// But for those who signed up, which is how the tests begin.
    func trail(_ filter: AuditFilter = AuditFilter()) async throws -> [AuditRecord] {
        try await store.auditTrail(filter, page: PageRequest(limit: 100)).items.filter { $0.action != .signedUp }
    }

    /// What people do to their own accounts has its line, and no word more than who and when.
    public func tellsWhatPeopleDoToThemselves() async throws {
        let user = try User.sample()
        let author = AuditAuthor(account: user.id, requestID: "request-1")
        let (first, second) = (PasswordHash(phc: "$seeded-1"), PasswordHash(phc: "$seeded-2"))
        for _ in 0..<2 { _ = try await users.insert(user, hash: first, mail: nil, by: author) }
        let kept = SessionOpening.sample(of: user.id, checked: first)
        for opening in [kept, .sample(of: user.id, checked: first)] { _ = try await sessions.open(opening) }
        for _ in 0..<2 { try await sessions.endAll(of: user.id, except: kept.id, by: author) }
        for (old, new, keeping) in [(first, second, kept.id), (second, first, nil)] as [(_, _, SessionID?)] {
            for _ in 0..<2 {
                _ = try await users.changePassword(of: user.id, from: old, to: new, keeping: keeping, by: author)
            }
        }
        _ = try await users.erase(user.id, ifVersion: 9, by: author)
        for _ in 0..<2 { _ = try await users.erase(user.id, ifVersion: 1, by: author) }
        let lines = try await store.auditTrail(AuditFilter(subjectID: user.id), page: PageRequest(limit: 100)).items
        try promise(
            lines.map(\.action) == [
                .accountErased, .passwordChanged, .passwordChanged, .sessionsEnded, .signedUp,
            ], "each change has a line, and nothing else has: \(lines.map(\.action.rawValue))")
        try promise(lines.allSatisfy { $0.actorID == user.id && $0.actor == nil }, "by whom")
        try promise(lines.allSatisfy { $0.requestID == "request-1" }, "in which request")
        try promise(lines.allSatisfy { $0.before == nil && $0.after == nil && $0.reason == nil }, "and no more")
    }

    public func tellsWhatWasDone() async throws {
        let (_, admin) = try await admin()
        let (user, other) = (try await account(), try await account())
        let membership = try Membership.checked(
            tier: "member", validFrom: Date(timeIntervalSince1970: 0), validUntil: Self.later, source: "gift")
        let rulings: [Ruling] = [
            .roles([.user, .creator]), .ban(try BanReason("広告"), until: nil), .liftBan, .membership(membership),
            .profile(displayName: try DisplayName("\"次郎\""), isEmailVerified: nil),
        ]
        for (index, ruling) in rulings.enumerated() {
            _ = try await store.make(ruling, on: user.id, ifVersion: index + 1, by: admin)
        }
        _ = try await store.make(.liftBan, on: other.id, ifVersion: 1, by: admin)
        let lines = try await trail()
        try promise(
            lines.count == 5 && lines.map(\.seq) == lines.map(\.seq).sorted(by: >),
            "each change has a line, the newest first")
        try promise(
            lines.allSatisfy { $0.actorID == admin.id && $0.actor == nil && $0.subjectID == user.id },
            "with who and whom")
        try promise(lines.allSatisfy { $0.requestID == "request-1" && $0.hash.count == 32 }, "in which request")
        try promise(Set(lines.map(\.id)).count == 5 && Set(lines.map(\.hash)).count == 5, "each its own")
        try promise(
            lines.map(\.action) == [.profileChanged, .membershipChanged, .banLifted, .banned, .rolesChanged], "what")
        try promise(lines.map(\.reason) == [nil, nil, nil, "広告", nil], "why")
        try promise(lines[4].before == #"{"roles":["user"]}"#, "as it was")
        try promise(lines[4].after == #"{"roles":["creator","user"]}"#, "and as it is")
        try promise(
            lines[3].before == #"{"ban":null}"# && lines[2].after == #"{"ban":null}"#, "where there is none too")
        try promise(
            lines[1].after
                == #"{"membership":{"source":"gift","tier":"member","valid_from":"1970-01-01T00:00:00.000Z","#
                + #""valid_until":"2096-10-02T07:06:40.000Z"}}"#, "with times as they are on the wire")
        try promise(lines[0].after == #"{"display_name":"\"次郎\"","email_verified":false}"#, "in JSON")
    }

    public func tellsWhomTheOperatorAppointed() async throws {
        let (user, other) = (try await account(), try await account())
        func appoint(_ id: UserID, _ hash: PasswordHash?) async throws {
            guard let known = try await users.credentials(of: id),
                case .made = try await users.appointAdmin(known, newHash: hash, at: known.user.updatedAt)
            else { throw BrokenPromise(description: "an account is made an admin's") }
        }
        try await appoint(user.id, nil)
        try await appoint(other.id, PasswordHash(phc: "$2"))
        // Who is one already becomes nothing new.
        try await appoint(user.id, PasswordHash(phc: "$3"))
        let lines = try await trail()
        try promise(lines.map(\.subjectID) == [other.id, user.id], "who was made an admin has a line")
        try promise(
            lines.allSatisfy { $0.actorID == nil && $0.actor == .operator && $0.requestID == nil },
            "by nobody who has an account")
        try promise(lines.allSatisfy { $0.action == .rolesChanged }, "that says so")
        try promise(
            lines.allSatisfy { $0.before == #"{"roles":["user"]}"# && $0.after == #"{"roles":["admin","user"]}"# },
            "and what it was before")
    }

    public func findsLinesAndPagesThroughThem() async throws {
        let ((_, one), (_, two)) = (try await admin(), try await admin())
        let (user, other) = (try await account(), try await account())
        for (version, admin) in [one, two, one].enumerated() {
            _ = try await store.make(
                version == 1 ? .liftBan : .roles(version == 0 ? [.creator] : [.user]), on: user.id,
                ifVersion: version == 0 ? 1 : 2, by: admin)
        }
        _ = try await store.make(.ban(BanReason("x"), until: nil), on: other.id, ifVersion: 1, by: two)
        // Four signed up before.
        func seqs(_ filter: AuditFilter) async throws -> [Int64] { try await trail(filter).map { $0.seq - 4 } }
        try promise(await seqs(AuditFilter()) == [3, 2, 1], "all of them")
        try promise(await seqs(AuditFilter(actorID: one.id)) == [2, 1], "by who acted")
        try promise(await seqs(AuditFilter(subjectID: other.id)) == [3], "on whom")
        try promise(await seqs(AuditFilter(action: "roles_changed")) == [2, 1], "and what was done")
        try promise(await seqs(AuditFilter(actorID: two.id, action: "roles_changed")) == [], "or all of that")
        let first = try await store.auditTrail(AuditFilter(), page: PageRequest(limit: 2))
        let second = try await store.auditTrail(AuditFilter(), page: PageRequest(limit: 2, after: first.next))
        try promise(first.items.map(\.seq) == [7, 6] && second.items.map(\.seq) == [5, 4], "page by page")
        let last = try await store.auditTrail(AuditFilter(), page: PageRequest(limit: 3, after: second.next))
        try promise(second.next != nil && last.items.count == 3 && last.next == nil, "until there is no more")
        try await promise("platform.invalid-input", "a cursor of another list is refused") {
            _ = try await store.auditTrail(AuditFilter(), page: PageRequest(after: Cursor(["a", "b"])))
        }
    }
}
