import DomainKit
import Foundation
import HTTPTypes
import PlatformTesting
import Testing
import UserDomain

/// Whatever a POST, PATCH or PUT took can be fetched, seen by others, listed, changed and deleted.
///
/// Texts are made of pieces that behave oddly under normalisation, folding, counting or as domains; a run is repeated from
/// its seed, which a failure tells.
@Suite struct AcceptedValuesTests {
    static let pieces = [
        "a", "花", "é", "e\u{301}", "\u{FDFA}", "ﬃ", "İ", "ß", "Σ", "👩‍👩‍👧‍👦", "\u{1F1EF}\u{1F1F5}", "\u{200D}", "\u{200B}",
        "\u{202E}", "\u{0}", "\n", " ", "\u{3000}", "\u{AD}", "\u{2800}", "\u{FEFF}", "\u{10FFFF}", "\u{E000}",
        "\u{344}",
        "ｱﾞ", "각", "\u{1D15E}", "\"", "\\", "/", "xn--", "xn--r8jz45g", "例え", ".", "-", "。", "＠", "+", "%41", "~",
    ]

    private func text(_ lengths: ClosedRange<Int>, _ random: inout SplitMix64) -> String {
        let pieces = (0..<Int.random(in: lengths, using: &random)).map { _ in
            Self.pieces.randomElement(using: &random) ?? ""
        }
        return pieces.joined()
    }

    func json(_ members: [String: String]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `what was taken can be used in every way`(seed: UInt64) async throws {
        try await TestService().serve { api in
            let stranger = try await api.newUser()
            var random = SplitMix64(seed: seed)
            var taken = 0
            for turn in 0..<60 {
                let long = turn % 4 == 0
                let email = "\(text(0...2, &random))\(turn)@\(text(0...2, &random))d\(turn).example"
                let password = "pass\(turn)" + text(long ? 120...260 : 2...9, &random)
                let name = text(long ? 70...82 : 0...5, &random)
                let created = try await api.send(
                    .post, "/v1/users", json(["email": email, "password": password, "display_name": name]))
                guard created.status == .created else {
                    #expect([.badRequest, .conflict].contains(created.status), "\(email) \(name)")
                    continue
                }
                taken += 1
                try await use(created, [email, created.string("email")], password, text(1...6, &random), stranger, api)
            }
            #expect(taken > 2, "seed \(seed) has something to say")
        }
    }

    private func use(
        _ created: ServiceAnswer, _ emails: [String], _ password: String, _ name: String, _ stranger: SignedIn,
        _ api: TestUserClient
    ) async throws {
        var token = ""
        for email in emails {
            let answer = try await api.send(.post, "/v1/sessions", json(["email": email, "password": password]))
            #expect(answer.status == .created, "signing in as \(email)")
            token = try answer.string("access_token")
        }
        let id = try created.string("id")
        #expect(try created.string("display_name").unicodeScalars.count <= 80)
        #expect(try await api.send(.get, "/v1/me", token: token).string("email") == created.string("email"))
        #expect(try await api.send(.get, "/v1/users/\(id)", token: stranger.access).status == .ok)
        let listed = try await api.send(.get, "/v1/sessions", token: token)
        #expect((listed.json["items"] as? [Any])?.count == emails.count)
        let renamed = try await api.send(
            .patch, "/v1/me", json(["display_name": name]), token: token, headers: [.ifMatch: "*"])
        #expect([.ok, .badRequest].contains(renamed.status))
        #expect(try await api.send(.get, "/v1/users/\(id)", token: stranger.access).status == .ok)
        let changed = try await api.send(
            .put, "/v1/me/password", json(["current_password": password, "new_password": name + "-n3w password"]),
            token: token)
        #expect([.noContent, .badRequest].contains(changed.status))
        let known = changed.status == .noContent ? name + "-n3w password" : password
        #expect(try await api.send(.delete, "/v1/me", json(["password": known]), token: token).status == .accepted)
    }
}
