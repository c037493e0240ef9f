import AuthKit
import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain

/// The device token of browsers (RFC 6265), out of scripts' reach.
///
/// Over HTTPS its name binds it to this host (RFC 6265bis §4.1.3): browsers take it neither without TLS nor from a host beside this
/// one. That name wants the path of all requests; without TLS it goes to sign-in alone.
struct DeviceCookie: Sendable {
    /// Whether the platform is reached over HTTPS, as a cookie must then not travel without.
    let isSecure: Bool

    private var name: String { isSecure ? "__Host-hiroba_device" : "hiroba_device" }

    /// A text that is no token of ours makes a stranger, not an error: cookies outlive what set them.
    func token(of request: Request) -> DeviceToken? {
        for field in request.headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].filter({ $0 != " " }) == name else { continue }
                if let token = DeviceToken(String(parts[1])) { return token }
            }
        }
        return nil
    }

    func field(_ token: DeviceToken) -> HTTPField {
        let path = isSecure ? "/" : "/v1/sessions"
        let attributes = "Max-Age=\(DeviceToken.days * 86_400); Path=\(path); HttpOnly; SameSite=Strict"
        return HTTPField(name: .setCookie, value: "\(name)=\(token); \(attributes)\(isSecure ? "; Secure" : "")")
    }

    /// What a sign-in gives, with the device's token for browsers.
    func response(_ tokens: IssuedTokens, to request: Request, _ context: CallerContext) throws -> Response {
        var response = try JSONResponse(.created, TokensBody(tokens: tokens)).response(from: request, context: context)
        if let device = tokens.device { response.headers.append(field(device)) }
        return response
    }
}
