import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain

/// The device token of browsers (RFC 6265): sent back to sign-in alone, out of scripts' reach.
struct DeviceCookie: Sendable {
    static let name = "hiroba_device"

    /// Whether the platform is reached over HTTPS, as a cookie must then not travel without.
    let isSecure: Bool

    /// A text that is no token of ours makes a stranger, not an error: cookies outlive what set them.
    static func token(of request: Request) -> DeviceToken? {
        for field in request.headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].filter({ $0 != " " }) == Self.name else { continue }
                if let token = DeviceToken(String(parts[1])) { return token }
            }
        }
        return nil
    }

    func field(_ token: DeviceToken) -> HTTPField {
        let attributes = "Max-Age=\(DeviceToken.days * 86_400); Path=/v1/sessions; HttpOnly; SameSite=Strict"
        return HTTPField(
            name: .setCookie, value: "\(Self.name)=\(token); \(attributes)\(isSecure ? "; Secure" : "")")
    }
}
