import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain

/// `/v1/me/passkeys` and `/v1/sessions/passkey`: the caller's passkeys, and signing in with one.
struct PasskeyRoutes: Sendable {
    private static let signIns = OutcomeCounter(label: "passkey_sign_ins_total")
    private static let changes = OutcomeCounter(label: "passkey_changes_total")

    let useCases: PasskeyUseCases
    let cookie: DeviceCookie

    func add(
        to routes: AccessRouter<CallerContext>, creating: AccessRouter<CallerContext>,
        signingIn: AccessRouter<CallerContext>
    ) {
        routes.get("/v1/me/passkeys", .token, use: list)
        routes.post("/v1/me/passkeys/options", .token, use: creationOptions)
        creating.post("/v1/me/passkeys", .token, use: create)
        routes.delete("/v1/me/passkeys/{id}", .token, use: remove)
        signingIn.post("/v1/sessions/passkey/options", .open, use: requestOptions)
        signingIn.post("/v1/sessions/passkey", .open, use: signIn)
    }

    @Sendable private func list(_ request: Request, _ context: CallerContext) async throws -> Response {
        let caller = try context.userID()
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        let passkeys = try await useCases.list(caller, page)
        return try JSONResponse(.ok, passkeys.map { PasskeyBody(kept: $0) }).response(from: request, context: context)
    }

    @Sendable private func creationOptions(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        return try CeremonyOptions(options: try await useCases.creationOptions(ActingOwner(request, context)))
            .response()
    }

    @Sendable private func create(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let owner = try ActingOwner(request, context)
        let body = try await request.decode(NewPasskeyBody.self)
        let kept = try await Self.changes.counting {
            try await RefusedPasskeys.counting {
                try await useCases.add(body.credential, body.name, context.effectID, owner)
            }
        }
        return try JSONResponse(.created, PasskeyBody(kept: kept)).response(from: request, context: context)
    }

    @Sendable private func remove(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let owner = try ActingOwner(request, context)
        guard let id = context.parameters.get("id").flatMap({ PasskeyID($0) }) else { throw Failure.passkeyNotFound }
        try await Self.changes.counting { try await useCases.remove(id, owner) }
        return Response(status: .noContent)
    }

    @Sendable private func requestOptions(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        return try CeremonyOptions(options: try await useCases.requestOptions()).response()
    }

    @Sendable private func signIn(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(PasskeySignInBody.self)
        let token = body.deviceToken.flatMap { DeviceToken($0) } ?? cookie.token(of: request)
        let tokens = try await Self.signIns.counting {
            try await RefusedPasskeys.counting {
                try await useCases.signIn(body.credential, Device(request, context), token)
            }
        }
        return try cookie.response(tokens, to: request, context)
    }
}
