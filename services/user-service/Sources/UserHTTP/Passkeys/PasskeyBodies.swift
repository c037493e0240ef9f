import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore
import UserDomain
import WebAuthn

/// `POST /v1/me/passkeys`: what the browser's `toJSON()` gives.
struct NewPasskeyBody: Decodable {
    let credential: CreatedCredential
    /// Without one it is called as its model is.
    let name: String?

    enum CodingKeys: String, CodingKey {
        case credential, name
    }
}

/// `POST /v1/sessions/passkey`: what the browser's `toJSON()` gives.
struct PasskeySignInBody: Decodable {
    let credential: AssertedCredential
    /// Of an earlier sign-in; whatever it is, it never makes the call fail.
    let deviceToken: String?

    enum CodingKeys: String, CodingKey {
        case credential
        case deviceToken = "device_token"
    }
}

/// A passkey as its owner sees it.
struct PasskeyBody: JSONWritable {
    let kept: KeptPasskey

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", kept.id)
            $0.member("name", kept.name.description)
            $0.member("authenticator", AuthenticatorNames.name(of: kept.passkey.model))
            $0.member("synced", kept.passkey.isBackupEligible)
            $0.member("backed_up", kept.passkey.isBackedUp)
            $0.member("created_at", kept.createdAt)
            $0.member("last_used_at", kept.lastUsedAt)
        }
    }
}

/// Options of a ceremony, bare, as browsers take them.
struct CeremonyOptions<Options: Encodable> {
    let options: Options

    func response() throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = ByteBuffer(bytes: try encoder.encode(options))
        return Response(
            status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: document))
    }
}
