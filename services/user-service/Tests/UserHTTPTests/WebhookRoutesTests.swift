import Crypto
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

extension TestUserClient {
    /// Sends a delivery as a payment provider does.
    func deliver(
        _ body: String, id: String = UUID().lowercased, at time: Date, to source: String = "shop",
        secret: String = TestService.webhookSecret, headers: HTTPFields = [:]
    ) async throws -> ServiceAnswer {
        let stamp = String(Int64(time.timeIntervalSince1970))
        let key = SymmetricKey(data: try #require(WebhookSecret(secret)).bytes)
        let mac = HMAC<SHA256>.authenticationCode(for: Data("\(id).\(stamp).\(body)".utf8), using: key)
        var fields = headers
        fields[HTTPField.Name("webhook-id")!] = id
        fields[HTTPField.Name("webhook-timestamp")!] = stamp
        fields[HTTPField.Name("webhook-signature")!] = "v1,\(Data(mac).base64EncodedString())"
        return try await send(.post, "/v1/webhooks/memberships/\(source)", body, headers: fields)
    }
}

@Suite struct WebhookRoutesTests {
    /// A body, with whatever else a provider sends.
    private func body(_ type: String, _ user: String, _ time: Date, _ data: String = #""note":null"#) -> String {
        #"{"type":"\#(type)","timestamp":"\#(RFC3339.string(from: time))","version":2,"#
            + #""data":{"user_id":"\#(user)","invoice":{"total":980},\#(data)}}"#
    }

    private func grant(_ user: String, _ time: Date, tier: String = "member", until: Date? = nil) -> String {
        let end = until.map { #""\#(RFC3339.string(from: $0))""# } ?? "null"
        return body(
            "membership.granted", user, time,
            #""tier":"\#(tier)","valid_from":"\#(RFC3339.string(from: time))","valid_until":\#(end)"#)
    }

    @Test func `a provider grants a membership and ends it, and who did it shows`() async throws {
        let house = try await TestService()
        try await house.serve { api in
            let (user, now) = (try await api.newUser(), house.clock.now)
            let granted = try await api.deliver(grant(user.user, now - 10), id: "m-1", at: now)
            #expect(granted.status == .ok && granted.json["outcome"] as? String == "applied")
            let old = try await api.send(.get, "/v1/me", token: user.access)
            #expect(old.status == .unauthorized, "what it was is in the token")
            let again = try await api.deliver(grant(user.user, now - 10), id: "m-1", at: now + 5)
            #expect(again.status == .ok && again.body == granted.body)
            let other = try await api.deliver(grant(user.user, now), id: "m-1", at: now)
            #expect(other.status == .unprocessableContent && other.code == "user.webhook-id-reused")
            let admin = try await house.newAdmin(api)
            let shown = try await api.send(.get, "/v1/admin/users/\(user.user)", token: admin.access)
            #expect(try shown.string("tier") == "member" && shown.json["version"] as? Int == 2)
            let older = try await api.deliver(body("membership.ended", user.user, now - 20), at: now)
            #expect(older.status == .ok && older.json["outcome"] as? String == "outdated")
            let ended = try await api.deliver(body("membership.ended", user.user, now), at: now)
            #expect(ended.status == .ok && ended.json["outcome"] as? String == "applied")
            let trail = try await api.send(
                .get, "/v1/admin/audit-events?subject_id=\(user.user)&action=membership_changed", token: admin.access)
            let lines = trail.json["items"] as? [[String: Any]] ?? []
            #expect(lines.map { $0["actor"] as? String } == ["source:shop", "source:shop"])
            #expect(lines.allSatisfy { $0["actor_id"] is NSNull && ($0["request_id"] as? String)?.isEmpty == false })
            #expect(lines.last?["reason"] as? String == "webhook-id m-1")
        }
    }

    @Test func `what would never succeed, and is no mistake, is acknowledged`() async throws {
        let house = try await TestService()
        try await house.serve { api in
            let (user, now) = (try await api.newUser(), house.clock.now)
            for (body, outcome) in [
                (#"{"type":"invoice.paid"}"#, "ignored"), (#"{"type":"","data":7}"#, "ignored"),
                (grant(UUID().lowercased, now), "unknown-user"),
                (grant(user.user, now - 400 * 86_400, until: now - 86_400), "applied"),
                (grant(user.user, now - 400 * 86_400, until: now - 86_400), "unchanged"),
                (body("membership.ended", user.user, now), "applied"),
                (body("membership.ended", user.user, now), "unchanged"),
            ] {
                let answer = try await api.deliver(body, at: now)
                #expect(answer.status == .ok && answer.json["outcome"] as? String == outcome, "\(body)")
            }
        }
    }

    @Test func `whoever has no secret changes nothing, and learns nothing`() async throws {
        let house = try await TestService()
        try await house.serve { api in
            let (user, now) = (try await api.newUser(), house.clock.now)
            let body = grant(user.user, now)
            let wrong = "whsec_" + Data(repeating: 6, count: 32).base64EncodedString()
            for answer in [
                try await api.deliver(body, at: now, secret: wrong), try await api.deliver(body, at: now, to: "bank"),
                try await api.deliver(body, at: now, to: "%2e%2e"),
                try await api.deliver("nonsense", at: now, secret: wrong),
                try await api.send(.post, "/v1/webhooks/memberships/shop", body),
                try await api.send(.post, "/v1/webhooks/memberships/shop"),
            ] {
                #expect(answer.status == .unauthorized && answer.code == "user.webhook-unproven")
                #expect(answer.headers[.wwwAuthenticate] != nil)
            }
            for time in [now - 301, now + 301, Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 2e11)] {
                let late = try await api.deliver(body, at: time)
                #expect(late.status == .unauthorized && late.code == "user.webhook-out-of-time", "\(time)")
            }
            #expect(try await api.send(.get, "/v1/me", token: user.access).status == .ok)
        }
    }

    @Test(arguments: [
        ("nonsense", [""]), ("", [""]), ("[]", [""]), ("7", [""]), (#"{"a":1}"#, ["/type"]),
        (#"{"type":7}"#, ["/type"]),
        (#"{"type":"membership.granted"}"#, ["/data", "/timestamp"]),
        (#"{"type":"membership.granted","timestamp":"1674087231","data":[]}"#, ["/data", "/timestamp"]),
        (
            #"{"type":"membership.granted","timestamp":"2026-11-26T00:00:00Z","data":{}}"#,
            ["/data/tier", "/data/user_id", "/data/valid_from"]
        ),
        (#"{"type":"membership.ended","timestamp":"2026-11-26T00:00:00Z","data":{"user_id":7}}"#, ["/data/user_id"]),
        (#"{"type":"membership.ended","timestamp":"9999-12-31T23:59:59Z","data":{"user_id":"USER"}}"#, ["/timestamp"]),
        (
            #"{"type":"membership.granted","timestamp":"2026-11-26T00:00:00Z","data":{"user_id":"USER","tier":"gold","#
                + #""valid_from":"2026-11-26T00:00:00Z","valid_until":"2026-11-25T00:00:00Z"}}"#,
            ["/data/tier", "/data/valid_until"]
        ),
        (
            #"{"type":"membership.granted","timestamp":"2026-11-26T00:00:00Z","data":{"user_id":"USER","tier":"member","#
                + #""valid_from":"9999-12-31T23:59:59.999Z","valid_until":"0001-01-01T00:00:00Z"}}"#,
            ["/data/valid_until"]
        ),
        (#"{"type":"a","type":"b"}"#, ["/type"]),
    ])
    func `a body that cannot be read is refused where it is bad, and its id is not used`(
        body: String, pointers: [String]
    ) async throws {
        let house = try await TestService()
        try await house.serve { api in
            let (user, now) = (try await api.newUser(), house.clock.now)
            let answer = try await api.deliver(body.replacing("USER", with: user.user), id: "m-1", at: now)
            #expect(answer.status == .badRequest && answer.code == "platform.invalid-input")
            #expect(Set(answer.pointers) == Set(pointers), "\(answer.pointers)")
            let good = try await api.deliver(grant(user.user, now), id: "m-1", at: now)
            #expect(good.json["outcome"] as? String == "applied", "it lives on")
        }
    }

    @Test func `bodies of another kind or size are refused`() async throws {
        let house = try await TestService()
        try await house.serve { api in
            let now = house.clock.now
            let plain = try await api.deliver("{}", at: now, headers: [.contentType: "text/plain"])
            #expect(plain.status == .unsupportedMediaType)
            let large = try await api.deliver(String(repeating: " ", count: 64 * 1_024 + 1), at: now)
            #expect(large.status == .contentTooLarge)
            let full = #"{"type":"x","y":""# + String(repeating: "a", count: 60_000) + #""}"#
            #expect(try await api.deliver(full, at: now).status == .ok)
        }
    }

    @Test func `deliveries from one network are limited, proven or not`() async throws {
        let house = try await TestService(webhooks: 2)
        try await house.serve { api in
            let now = house.clock.now
            #expect(
                try await api.deliver(#"{"type":"x"}"#, at: now).headers[.rateLimit]?.hasPrefix(#""webhook";r=1"#)
                    == true)
            _ = try await api.deliver("{}", at: now, to: "bank")
            let beyond = try await api.deliver(#"{"type":"x"}"#, at: now)
            #expect(beyond.status == .tooManyRequests && beyond.headers[.retryAfter] != nil)
        }
    }
}
