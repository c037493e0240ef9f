import Encodings
import Foundation
import PlatformTesting
import Testing
import WebAuthn

@Suite struct ReadmeTests {
    struct Options: Decodable {
        let challenge: String
    }

    func challenge(in options: Data) throws -> PasskeyChallenge {
        let text = try JSONDecoder().decode(Options.self, from: options).challenge
        let bytes = try #require(Base64URL.decode(text))
        return try #require(PasskeyChallenge(bytes: bytes))
    }

    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "WebAuthn"))
    }

    @Test func `the example does what it says`() throws {
        var door = try Door(url: "https://example.com")
        var device = SoftAuthenticator(.eddsa)
        let options = try door.invite(device.handle, name: "ann")
        let invitation = try challenge(in: try #require(options))
        let creation = try device.creation(invitation).json()
        #expect(try door.enrol(creation)?.id == device.id)
        #expect(try door.enrol(creation) == nil)
        for counter in 1...2 as ClosedRange<UInt32> {
            device.counter = counter
            let answer = try device.assertion(try challenge(in: try door.ask())).json()
            #expect(try door.enter(answer) == device.handle)
            #expect(try door.enter(answer) == nil)
        }
        #expect(throws: CeremonyFailure.counterWentBack) {
            try door.enter(try device.assertion(try challenge(in: try door.ask())).json())
        }
        let more = try door.invite(device.handle, name: "ann")
        let second = try challenge(in: try #require(more))
        #expect(try door.enter(try device.assertion(second).json()) == nil)
        #expect(try door.enter(try device.assertion(PasskeyChallenge()).json()) == nil)
    }
}
