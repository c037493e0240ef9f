import AuthKit
import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain

/// `POST /oauth2/token`: services get tokens for themselves (RFC 6749 §4.4). The gateway does not lead here.
struct TokenRoutes: Sendable {
    /// Names, a secret and scopes; nothing of it is long.
    static let largestForm = 8 * 1_024

    let useCases: UserUseCases

    /// - Parameter routes: with `TokenErrors` around everything else that stands before the route.
    func add(to routes: AccessRouter<CallerContext>) {
        routes.post("/oauth2/token", .open, use: grant)
    }

    @Sendable private func grant(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let form = try await TokenForm(request, limit: Self.largestForm)
        guard let type = form["grant_type"] else { throw Failure.tokenRequestInvalid("There is no grant_type.") }
        guard type == "client_credentials" else { throw Failure.grantTypeUnsupported }
        let credentials = try ClientCredentials(request, form)
        let grant = try await useCases.grantToken(credentials.name, credentials.secret, form["scope"])
        return try JSONResponse(.ok, TokenBody(grant: grant), headers: [.pragma: "no-cache"])
            .response(from: request, context: context)
    }
}

/// What a token request says, in the body and nowhere else.
///
/// Names that are not known are passed over and empty values count as left out, as RFC 6749 §3.2 has it; a name that is
/// there twice is refused.
struct TokenForm: Sendable {
    private var values: [String: String] = [:]

    /// Fails: unsupported media type, content too large, `tokenRequestInvalid`.
    init(_ request: Request, limit: Int) async throws {
        let type = request.headers[.contentType].flatMap { MediaType($0) }
        guard type?.essence == "application/x-www-form-urlencoded",
            type?.parameters.allSatisfy({ $0.name == "charset" && $0.value.lowercased() == "utf-8" }) == true
        else {
            throw Failure(
                .unsupportedMediaType, code: "platform.unsupported-media-type",
                message: "The body must be sent as application/x-www-form-urlencoded.")
        }
        let body = try await request.collect(limit: limit)
        guard let text = String(validating: body.readableBytesView, as: UTF8.self), let pairs = FormText.pairs(text)
        else { throw Failure.tokenRequestInvalid("The body is no form.") }
        for (name, value) in pairs where values.updateValue(value, forKey: name) != nil {
            throw Failure.tokenRequestInvalid("A parameter is there more than once.")
        }
    }

    subscript(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Who a client says it is: in an `Authorization: Basic` field or in the form, never both (RFC 6749 §2.3).
struct ClientCredentials: Sendable {
    let name: String
    let secret: String

    /// Fails: `tokenRequestInvalid`, `clientUnknown`.
    init(_ request: Request, _ form: TokenForm) throws(Failure) {
        guard let field = request.headers[.authorization] else {
            guard let name = form["client_id"], let secret = form["client_secret"] else { throw .clientUnknown }
            (self.name, self.secret) = (name, secret)
            return
        }
        guard form["client_secret"] == nil else {
            throw .tokenRequestInvalid("The client shows a secret in two places.")
        }
        guard let (name, secret) = Self.basic(field) else { throw .clientUnknown }
        guard form["client_id"] == nil || form["client_id"] == name else {
            throw .tokenRequestInvalid("The client has two names.")
        }
        (self.name, self.secret) = (name, secret)
    }

    /// RFC 7617, each part form-encoded before (RFC 6749 §2.3.1). Nil for anything else.
    private static func basic(_ field: String) -> (name: String, secret: String)? {
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let bytes = Data(base64Encoded: parts[1].trimmingCharacters(in: .whitespaces)),
            let text = String(validating: bytes, as: UTF8.self),
            let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            let name = FormText.decode(text[..<colon].utf8), !name.isEmpty,
            let secret = FormText.decode(text[text.utf8.index(after: colon)...].utf8)
        else { return nil }
        return (name, secret)
    }
}
