import HTTPKit
import OneTimePasswords
import QRCodes
import UserDomain

/// `POST /v1/sessions/mfa`.
struct SecondStepBody: Decodable {
    let mfaToken: String
    let code: String
    /// Of the device that did the first step, so that it stays known by it; whatever it is, it never makes the call fail.
    let deviceToken: String?

    enum CodingKeys: String, CodingKey {
        case code
        case mfaToken = "mfa_token"
        case deviceToken = "device_token"
    }
}

/// What changes a second factor.
struct CodeBody: Decodable {
    let code: String
}

/// What an app needs, as letters, as an address and as a picture of that.
struct FactorOfferBody: JSONWritable {
    private let secret: String
    private let uri: String
    private let picture: String

    init(_ offer: FactorOffer) throws {
        secret = offer.secret.base32
        uri = offer.uri
        picture = try QRCode(offer.uri).svg(title: "QR code for an authenticator app")
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("secret", secret)
            $0.member("otpauth_uri", uri)
            $0.member("qr_svg", picture)
        }
    }
}

/// The only time that recovery codes are shown.
struct RecoveryCodesBody: JSONWritable {
    let codes: [RecoveryCode]

    func write(to json: inout JSONWriter) {
        json.object { $0.member("recovery_codes", codes.map(\.text)) }
    }
}
