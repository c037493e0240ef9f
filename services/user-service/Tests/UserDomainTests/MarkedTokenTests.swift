import Foundation
import Testing
import UserDomain
import UserTestKit

@Suite struct MarkedTokenTests {
    private static let secret = ToySecrets().first()

    /// What each kind reads in a text.
    private static let kinds: [(written: String, read: @Sendable (String) -> Data?)] = [
        (DeviceToken(secret: secret).description, { DeviceToken($0)?.secret }),
        (MailToken(secret: secret).description, { MailToken($0)?.secret }),
        (SignInStepToken(secret: secret).description, { SignInStepToken($0)?.secret }),
    ]

    @Test func `no kind reads another one's text`() {
        for kind in Self.kinds {
            #expect(kind.written.wholeMatch(of: /h[a-z]t_[A-Za-z0-9_-]{43}/) != nil)
            for other in Self.kinds {
                #expect(other.read(kind.written) == (other.written == kind.written ? Self.secret : nil))
            }
        }
        // Nor does a refresh token begin like any of them.
        let marks = Self.kinds.map { String($0.written.prefix(4)) }
        #expect(Set(marks).count == marks.count && !marks.contains("hrt_"))
    }

    @Test func `only the text that was written is read`() {
        let text = SignInStepToken(secret: Data(repeating: 0xFF, count: 32)).description
        #expect(SignInStepToken(text) != nil)
        let body = text.dropFirst(4)
        for other in [
            "", "hst_", String(body), text + "A", String(text.dropLast()), text + "=", " " + text, text.uppercased(),
            // The last two bits of a text are none of the secret's.
            String(text.dropLast()) + "9", "hst_" + body.dropLast(3) + "花", "hst_" + body.replacing("_", with: "/"),
        ] {
            #expect(SignInStepToken(other) == nil, "\(other)")
        }
    }
}
