import DomainKit
import Foundation
import Testing
import UserDomain
import UserTestKit

@Suite struct RefreshChainTests {
    let secrets = ToySecrets()
    let start = Date(timeIntervalSince1970: 1_800_000_000)
    let grace = Duration.seconds(10)

    /// A chain whose tokens were spent one after the other, `pause` seconds apart, and all its tokens.
    func chain(spent count: Int, pause: Double) -> (RefreshChain, [RefreshToken]) {
        let session = SessionID(UUID())
        var token = RefreshToken(session: session, generation: 0, secret: secrets.first())
        var chain = RefreshChain(first: token.secret, secrets: secrets)
        var tokens = [token]
        for index in 0..<count {
            chain = chain.spending(token, at: start + Double(index) * pause, grace: grace, secrets: secrets)
            token = RefreshToken(
                session: session, generation: token.generation + 1, secret: secrets.successor(of: token.secret))
            tokens.append(token)
        }
        return (chain, tokens)
    }

    func standings(_ chain: RefreshChain, _ tokens: [RefreshToken], at now: Date) -> [RefreshChain.Standing] {
        tokens.map { chain.standing(of: $0, at: now, grace: grace, secrets: secrets) }
    }

    @Test func `the newest token is the newest however old it is`() {
        let (chain, tokens) = chain(spent: 3, pause: 60)
        #expect(chain.standing(of: tokens[3], at: start + 1e6, grace: grace, secrets: secrets) == .newest)
    }

    @Test func `a spent token is repeated for ten seconds and reused after`() {
        let (chain, tokens) = chain(spent: 1, pause: 0)
        #expect(standings(chain, tokens, at: start + 10) == [.repeated, .newest])
        #expect(standings(chain, tokens, at: start + 10.001) == [.reused, .newest])
    }

    @Test func `each token has its own ten seconds, whatever was spent since`() {
        let (chain, tokens) = chain(spent: 4, pause: 4)
        #expect(standings(chain, tokens, at: start + 12) == [.reused, .repeated, .repeated, .repeated, .newest])
    }

    @Test func `a token spent long ago is still known`() {
        let (chain, tokens) = chain(spent: 500, pause: 600)
        #expect(standings(chain, Array(tokens.prefix(3)), at: start + 1e6) == [.reused, .reused, .reused])
        #expect(chain.spentAt.count == 1)
    }

    @Test func `many tokens spent in a moment leave a bounded memory`() {
        let (chain, tokens) = chain(spent: 200, pause: 0.001)
        #expect(chain.spentAt.count == 32)
        #expect(chain.standing(of: tokens[199], at: start + 1, grace: grace, secrets: secrets) == .repeated)
    }

    @Test func `a made up token is foreign, of the past, the present and the future`() {
        let (chain, tokens) = chain(spent: 3, pause: 60)
        for generation in UInt32(0)...5 {
            let forged = RefreshToken(session: tokens[0].session, generation: generation, secret: secrets.first())
            #expect(chain.standing(of: forged, at: start, grace: grace, secrets: secrets) == .foreign)
        }
        let far = RefreshToken(session: tokens[0].session, generation: .max, secret: tokens[3].secret)
        #expect(chain.standing(of: far, at: start, grace: grace, secrets: secrets) == .foreign)
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
