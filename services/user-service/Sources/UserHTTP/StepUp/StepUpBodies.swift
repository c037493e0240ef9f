import DomainKit
import HTTPKit
import UserDomain

/// `POST /v1/sessions/step-up`: one of the two.
struct StepUpBody: Decodable {
    let proof: StepUpProof

    enum CodingKeys: String, CodingKey {
        case code, password
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let code = try members.decodeIfPresent(String.self, forKey: .code)
        let password = try members.decodeIfPresent(String.self, forKey: .password)
        switch (code, password) {
        case (let code?, nil): proof = .code(code)
        case (nil, let password?): proof = .password(ClaimedPassword(password))
        default: throw Violation(code: "not-acceptable", detail: "Send either a code or a password.")
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
