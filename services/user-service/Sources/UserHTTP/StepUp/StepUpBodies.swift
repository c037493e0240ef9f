import DomainKit
import HTTPKit
import UserDomain
import WebAuthn

/// `POST /v1/sessions/step-up`: one of the three.
struct StepUpBody: Decodable {
    let proof: StepUpProof

    enum CodingKeys: String, CodingKey {
        case code, password, credential
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let code = try members.decodeIfPresent(String.self, forKey: .code)
        let password = try members.decodeIfPresent(String.self, forKey: .password)
        let credential = try members.decodeIfPresent(AssertedCredential.self, forKey: .credential)
        switch (code, password, credential) {
        case (let code?, nil, nil): proof = .code(code)
        case (nil, let password?, nil): proof = .password(ClaimedPassword(password))
        case (nil, nil, let credential?): proof = .passkey(credential)
        default: throw Violation(code: "not-acceptable", detail: "Send one of code, password and credential.")
        }
    }
}

/// The token that says what was shown just now; the refresh token stays as it is.
struct SteppedUpBody: JSONWritable {
    let steppedUp: SteppedUp

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("access_token", steppedUp.access.text)
            $0.member("token_type", "Bearer")
            $0.member("expires_in", Int(steppedUp.access.life.components.seconds))
            $0.member("session_id", steppedUp.session)
            $0.member("user_id", steppedUp.user)
        }
    }
}
