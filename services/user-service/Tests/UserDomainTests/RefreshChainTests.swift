import DomainKit
import Foundation
import Testing
import UserDomain
import UserTestKit

@Suite struct RefreshChainTests {
    let secrets = ToySecrets()
    let start = Date(timeIntervalSince1970: 1_800_000_000)
    let rules = SessionRules()

    /// A chain whose tokens were spent one after the other, `pause` seconds apart, and all its tokens.
    func chain(spent count: Int, pause: Double) throws -> (RefreshChain, [RefreshToken]) {
        let session = SessionID(UUID())
        var token = RefreshToken(session: session, generation: 0, secret: secrets.first())
        var chain = RefreshChain(first: token.secret, secrets: secrets)
        var tokens = [token]
        for index in 0..<count {
            let now = start + Double(index) * pause
            chain = try #require(chain.spending(token, at: now, rules: rules, secrets: secrets)).chain(spentAt: now)
            token = RefreshToken(
                session: session, generation: token.generation + 1, secret: secrets.successor(of: token.secret))
            tokens.append(token)
        }
        return (chain, tokens)
    }

    func standings(_ chain: RefreshChain, _ tokens: [RefreshToken], at now: Date) -> [RefreshChain.Standing] {
        tokens.map { chain.standing(of: $0, at: now, rules: rules, secrets: secrets) }
    }

    @Test func `the newest token is the newest however old it is`() throws {
        let (chain, tokens) = try chain(spent: 3, pause: 60)
        #expect(chain.standing(of: tokens[3], at: start + 1e6, rules: rules, secrets: secrets) == .newest)
    }

    @Test func `a spent token is repeated for two minutes while nobody has used its successor, and reused after`()
        throws
    {
        let (chain, tokens) = try chain(spent: 1, pause: 0)
        #expect(standings(chain, tokens, at: start + 120) == [.repeated, .newest])
        #expect(standings(chain, tokens, at: start + 120.001) == [.reused, .newest])
    }

    @Test func `once its successor was used a token is repeated for ten seconds only`() throws {
        let (chain, tokens) = try chain(spent: 2, pause: 5)
        #expect(standings(chain, tokens, at: start + 10) == [.repeated, .repeated, .newest])
        #expect(standings(chain, tokens, at: start + 10.001) == [.reused, .repeated, .newest])
        #expect(standings(chain, tokens, at: start + 125.001) == [.reused, .reused, .newest])
    }

    @Test func `the last token there can be is spent for nothing`() {
        let chain = RefreshChain(generation: .max, digest: secrets.digest(of: secrets.first()), spentAt: [])
        let token = RefreshToken(session: SessionID(UUID()), generation: .max, secret: secrets.first())
        #expect(chain.spending(token, at: start, rules: rules, secrets: secrets) == nil)
    }

    @Test func `each token has its own ten seconds, whatever was spent since`() throws {
        let (chain, tokens) = try chain(spent: 4, pause: 4)
        #expect(standings(chain, tokens, at: start + 12) == [.reused, .repeated, .repeated, .repeated, .newest])
    }

    @Test func `a token spent long ago is still known`() throws {
        let (chain, tokens) = try chain(spent: 500, pause: 600)
        #expect(standings(chain, Array(tokens.prefix(3)), at: start + 1e6) == [.reused, .reused, .reused])
        #expect(chain.spentAt.count == 1)
    }

    @Test func `many tokens spent in a moment leave a bounded memory`() throws {
        let (chain, tokens) = try chain(spent: 200, pause: 0.001)
        #expect(chain.spentAt.count == 32)
        #expect(chain.standing(of: tokens[199], at: start + 1, rules: rules, secrets: secrets) == .repeated)
    }

    @Test func `a made up token is foreign, of the past, the present and the future`() throws {
        let (chain, tokens) = try chain(spent: 3, pause: 60)
        for generation in UInt32(0)...5 {
            let forged = RefreshToken(session: tokens[0].session, generation: generation, secret: secrets.first())
            #expect(chain.standing(of: forged, at: start, rules: rules, secrets: secrets) == .foreign)
        }
        let far = RefreshToken(session: tokens[0].session, generation: .max, secret: tokens[3].secret)
        #expect(chain.standing(of: far, at: start, rules: rules, secrets: secrets) == .foreign)
    }

    @Test func `a token's text is read back, and no other text is a token`() {
        let token = RefreshToken(session: SessionID(UUID()), generation: 70_000, secret: secrets.first())
        let text = token.description
        #expect(RefreshToken(text) == token)
        #expect(text.hasPrefix("hrt_") && !text.contains(where: { "+/=".contains($0) }))
        for other in [
            "", "hrt_", String(text.dropLast()), text + "A", "xyz_" + text.dropFirst(4), text.uppercased(),
            " " + text.dropFirst(),
        ] {
            #expect(RefreshToken(other) == nil)
        }
    }
}
