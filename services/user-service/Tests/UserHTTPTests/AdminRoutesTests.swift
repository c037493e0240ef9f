import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserDomain
import UserStorage
import UserTestKit

extension TestService {
    /// Signs up somebody who is made an admin, and in again.
    func newAdmin(_ api: TestUserClient) async throws -> SignedIn {
        let user = try await api.newUser()
        try await appoint(user)
        return try await api.signIn(email: user.email)
    }

    /// Makes somebody an admin.
    func appoint(_ user: SignedIn) async throws {
        let id = try #require(UserID(user.user))
        let known = try #require(try await accounts.credentials(of: id))
        _ = try await accounts.appointAdmin(known, newHash: nil, at: clock.now)
    }

    /// One that says that its holder is an admin, and that no event has made void.
    func tokenOfAnAdmin(_ user: SignedIn) throws -> String {
        let now = clock.now
        let admin = User(
            id: try #require(UserID(user.user)), email: try EmailAddress(user.email), displayName: try DisplayName("a"),
            roles: [.user, .admin], createdAt: now, updatedAt: now, epoch: 1_000)
        return try keyring.issue(to: admin, session: #require(SessionID(user.session)), since: now, at: now).text
    }
}

@Suite struct AdminRoutesTests {
    /// An admin, and somebody to rule over.
    struct House: Sendable {
        let service: TestService
        let api: TestUserClient
        let admin: SignedIn
        let user: SignedIn

        var path: String { "/v1/admin/users/\(user.user)" }

        @discardableResult
        func send(
            _ method: HTTPRequest.Method, _ path: String, _ json: String? = nil, ifMatch: String? = "*"
        ) async throws -> ServiceAnswer {
            var fields: HTTPFields = [:]
            fields[.ifMatch] = ifMatch
            return try await api.send(method, path, json, token: admin.access, headers: fields)
        }

        /// What the trail has of all that the admin did.
        func trail(_ query: String = "") async throws -> [[String: Any]] {
            let answer = try await api.send(
                .get, "/v1/admin/audit-events?actor_id=\(admin.user)\(query)", token: admin.access)
            let lines = answer.json["items"] as? [[String: Any]] ?? []
            return lines.filter { $0["action"] as? String != "signed_up" }
        }
    }

    private func house(_ body: @escaping @Sendable (House) async throws -> Void) async throws {
        let service = try await TestService()
        try await service.serve { api in
            try await body(
                House(service: service, api: api, admin: service.newAdmin(api), user: api.newUser()))
        }
    }

    private static let changes: [(HTTPRequest.Method, String, String?)] = [
        (.patch, "", #"{"display_name":"x"}"#), (.put, "/roles", #"{"roles":["user","creator"]}"#),
        (.put, "/ban", #"{"reason":"spam"}"#), (.delete, "/ban", nil),
        (.put, "/membership", #"{"tier":"member","valid_from":"2026-01-01T00:00:00Z","source":"gift"}"#),
    ]

    @Test func `an account is shown whole`() async throws {
        try await house { house in
            let answer = try await house.send(.get, house.path, ifMatch: nil)
            #expect(answer.status == .ok && answer.headers[.eTag] == #""1.0.1.""#)
            #expect(try answer.string("email") == house.user.email && answer.string("tier") == "free")
            #expect(answer.json["sessions"] as? Int == 1 && answer.json["epoch"] as? Int == 0)
            #expect(answer.json["ban"] is NSNull && answer.json["version"] as? Int == 1)
            let membership = answer.json["membership"] as? [String: Any]
            #expect(membership?["tier"] as? String == "free" && membership?["valid_until"] is NSNull)
            #expect(!String(decoding: answer.body, as: UTF8.self).contains("password"))
            _ = try await house.api.signIn(email: house.user.email)
            let tag = try #require(answer.headers[.eTag])
            let later = try await house.api.send(
                .get, house.path, token: house.admin.access, headers: [.ifNoneMatch: tag])
            #expect(later.status == .ok && later.json["sessions"] as? Int == 2)
            let same = try await house.api.send(
                .get, house.path, token: house.admin.access, headers: [.ifNoneMatch: later.headers[.eTag] ?? ""])
            #expect(same.status == .notModified && same.body.isEmpty && same.headers[.eTag] == later.headers[.eTag])
            let changed = try await house.send(.patch, house.path, #"{"display_name":"x"}"#, ifMatch: tag)
            #expect(changed.status == .ok, "nobody needs to have seen the sessions")
            for id in [UUID().lowercased, "me", "1", "%00"] {
                let unknown = try await house.send(.get, "/v1/admin/users/\(id)", ifMatch: nil)
                #expect(unknown.status == .notFound && unknown.code == "user.not-found")
            }
        }
    }

    @Test func `accounts are found by how addresses and names begin`() async throws {
        try await house { house in
            let hanako = try await house.api.newUser(email: "hanako@example.com")
            func found(_ query: String) async throws -> [String] {
                try await house.send(.get, "/v1/admin/users\(query)", ifMatch: nil).ids
            }
            #expect(try await found("?query=HANAKO@") == [hanako.user])
            #expect(try await Set(found("?query=%E8%8A%B1")) == [house.admin.user, house.user.user, hanako.user])
            #expect(try await found("?query=nobody") == [])
            for all in ["", "?query="] { #expect(try await found(all).count == 3) }
            let first = try await house.send(.get, "/v1/admin/users?limit=2", ifMatch: nil)
            let next = try first.string("next_cursor")
            let second = try await house.send(.get, "/v1/admin/users?limit=2&cursor=\(next)", ifMatch: nil)
            #expect(first.ids.count == 2 && second.ids.count == 1 && second.json["next_cursor"] is NSNull)
            for bad in ["?query=\(String(repeating: "a", count: 257))", "?cursor=x", "?limit=0", "?q=a"] {
                #expect(try await house.send(.get, "/v1/admin/users\(bad)", ifMatch: nil).status == .badRequest)
            }
        }
    }

    @Test func `every change needs the version it is made to`() async throws {
        try await house { house in
            for (method, path, body) in Self.changes {
                let without = try await house.send(method, house.path + path, body, ifMatch: nil)
                #expect(without.status == .preconditionRequired, "\(method) \(path)")
                let stale = try await house.send(method, house.path + path, body, ifMatch: #""7""#)
                #expect(stale.status == .preconditionFailed, "\(method) \(path)")
                let nobody = try await house.send(method, "/v1/admin/users/\(UUID().lowercased)\(path)", body)
                #expect(nobody.status == .notFound && nobody.code == "user.not-found")
            }
            #expect(try await house.trail().isEmpty)
            var version = 1
            for (method, path, body) in Self.changes {
                let answer = try await house.send(method, house.path + path, body, ifMatch: "\"\(version)\"")
                version += 1
                #expect(answer.status == (method == .delete ? .noContent : .ok), "\(method) \(path)")
                #expect(answer.headers[.eTag]?.hasPrefix("\"\(version).") == true)
                #expect(answer.status == .noContent || answer.json["version"] as? Int == version)
            }
            #expect(try await house.trail().count == Self.changes.count)
        }
    }

    @Test func `what was done shows in the account and in the trail`() async throws {
        try await house { house in
            for (method, path, body) in Self.changes { try await house.send(method, house.path + path, body) }
            let shown = try await house.send(.get, house.path, ifMatch: nil)
            #expect(try shown.string("display_name") == "x" && shown.string("tier") == "member")
            #expect(shown.json["roles"] as? [String] == ["creator", "user"] && shown.json["epoch"] as? Int == 4)
            let trail = try await house.trail()
            #expect(trail.map { $0["seq"] as? Int } == [8, 7, 6, 5, 4])
            try #require(trail.count == 5)
            #expect(trail.allSatisfy { $0["actor_id"] as? String == house.admin.user })
            #expect(trail.allSatisfy { $0["subject_id"] as? String == house.user.user })
            #expect(trail.allSatisfy { ($0["request_id"] as? String)?.isEmpty == false })
            #expect(trail[2]["reason"] as? String == "spam" && trail[2]["action"] as? String == "banned")
            #expect((trail[3]["before"] as? [String: Any])?["roles"] as? [String] == ["user"])
            #expect((trail[3]["after"] as? [String: Any])?["roles"] as? [String] == ["creator", "user"])
            #expect(try await house.trail("&action=banned&subject_id=\(house.user.user)").count == 1)
            #expect(try await house.trail("&subject_id=\(house.admin.user)").isEmpty)
            let bad = try await house.send(.get, "/v1/admin/audit-events?actor_id=x", ifMatch: nil)
            #expect(bad.status == .badRequest && bad.pointers == ["?actor_id"])
        }
    }

    @Test(arguments: [
        ("", #"{"display_name":""}"#, "/display_name"), ("", #"{"email":"a@b.co"}"#, "/email"),
        ("", #"{"email_verified":null}"#, "/email_verified"), ("", #"{"roles":["admin"]}"#, "/roles"),
        ("/roles", #"{"roles":["user","wizard"]}"#, "/roles/1"), ("/roles", #"{"roles":[]}"#, "/roles"),
        ("/roles", #"{"roles":["user","user"]}"#, "/roles/1"), ("/roles", #"{"roles":"admin"}"#, "/roles"),
        ("/roles", #"{"roles":[7]}"#, "/roles/0"), ("/roles", "{}", "/roles"),
        ("/ban", #"{"reason":""}"#, "/reason"), ("/ban", "{}", "/reason"),
        ("/ban", #"{"reason":"x","until":"2001-01-01T00:00:00Z"}"#, "/until"),
        ("/ban", #"{"reason":"x","until":"tomorrow"}"#, "/until"),
        (
            "/membership",
            #"{"tier":"member","valid_from":"2027-01-01T00:00:00Z","valid_until":"2026-01-01T00:00:00Z","source":"x"}"#,
            "/valid_until"
        ),
        ("/membership", #"{"tier":"gold","valid_from":"2027-01-01T00:00:00Z","source":"x"}"#, "/tier"),
        ("/membership", #"{"tier":"member","valid_from":"2027-01-01T00:00:00Z","source":""}"#, "/source"),
        ("/membership", #"{"tier":"member","source":"x"}"#, "/valid_from"),
    ])
    func `what is not acceptable is refused where it is bad`(path: String, body: String, pointer: String) async throws {
        try await house { house in
            let answer = try await house.send(path.isEmpty ? .patch : .put, house.path + path, body)
            #expect(answer.status == .badRequest && answer.pointers == [pointer], "\(body)")
            #expect(try await house.trail().isEmpty)
        }
    }

    @Test func `nobody bans oneself, and the last admin stays one`() async throws {
        try await house { house in
            let own = "/v1/admin/users/\(house.admin.user)"
            let ban = try await house.send(.put, own + "/ban", #"{"reason":"x"}"#)
            #expect(ban.status == .conflict && ban.code == "user.own-ban")
            let roles = try await house.send(.put, own + "/roles", #"{"roles":["user"]}"#)
            #expect(roles.status == .conflict && roles.code == "user.last-admin")
            let erased = try await house.send(
                .delete, "/v1/me", #"{"password":"\#(TestService.password)"}"#, ifMatch: nil)
            #expect(erased.status == .conflict && erased.code == "user.last-admin")
            #expect(try await house.trail().isEmpty)
            #expect(try await house.send(.get, house.path, ifMatch: nil).status == .ok)
        }
    }

    @Test func `whoever was demoted or banned a moment ago changes nothing more`() async throws {
        try await house { house in
            let (demoted, banned) = (
                try await house.service.newAdmin(house.api), try await house.service.newAdmin(house.api)
            )
            for (other, path, body, code) in [
                (demoted, "/roles", #"{"roles":["user"]}"#, "platform.unauthenticated"),
                (banned, "/ban", #"{"reason":"x"}"#, "user.banned"),
            ] {
                try await house.send(.put, "/v1/admin/users/\(other.user)\(path)", body)
                // Before a replica hears of it the token still passes there; the store has it seen all the same.
                let unheard = try house.service.tokenOfAnAdmin(other)
                for (method, path, body) in Self.changes {
                    let heard = try await house.api.send(
                        method, house.path + path, body, token: other.access, headers: [.ifMatch: "*"])
                    #expect(heard.code == code, "\(method) \(path)")
                    let answer = try await house.api.send(
                        method, house.path + path, body, token: unheard, headers: [.ifMatch: "*"])
                    #expect(answer.status == .forbidden && answer.code == "user.not-an-admin", "\(method) \(path)")
                }
            }
            #expect(try await house.send(.get, house.path, ifMatch: nil).json["version"] as? Int == 1)
        }
    }

    @Test func `a banned account gets no tokens until the ban is lifted`() async throws {
        try await house { house in
            let until = RFC3339.string(from: house.service.clock.now + 3_600)
            let banned = try await house.send(.put, house.path + "/ban", #"{"reason":"spam","until":"\#(until)"}"#)
            let ban = banned.json["ban"] as? [String: Any]
            #expect(ban?["reason"] as? String == "spam" && ban?["until"] as? String == until)
            let body = #"{"email":"\#(house.user.email)","password":"\#(TestService.password)"}"#
            let refused = try await house.api.send(.post, "/v1/sessions", body)
            #expect(refused.status == .forbidden && refused.code == "user.banned")
            let lifted = try await house.send(.delete, house.path + "/ban")
            #expect(lifted.status == .noContent && lifted.headers[.eTag]?.hasPrefix(#""3."#) == true)
            let again = try await house.send(.delete, house.path + "/ban")
            #expect(again.status == .noContent && again.headers[.eTag] == lifted.headers[.eTag])
            _ = try await house.api.signIn(email: house.user.email)
        }
    }
}
