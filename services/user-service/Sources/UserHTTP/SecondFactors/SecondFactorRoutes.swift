import AuthKit
import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain

/// `/v1/me/mfa` and `POST /v1/sessions/mfa`: the caller's second factor, and signing in with it.
struct SecondFactorRoutes: Sendable {
    private static let secondSteps = OutcomeCounter(label: "sign_in_second_steps_total")
    private static let changes = OutcomeCounter(label: "second_factor_changes_total")

    let useCases: SecondFactorUseCases
    let cookie: DeviceCookie

    func add(to routes: AccessRouter<CallerContext>, signingIn: AccessRouter<CallerContext>) {
        signingIn.post("/v1/sessions/mfa", .open, use: finish)
        routes.post("/v1/me/mfa/totp", .token, use: begin)
        routes.delete("/v1/me/mfa/totp", .token, use: remove)
        routes.post("/v1/me/mfa/totp/confirm", .token, use: confirm)
        routes.post("/v1/me/mfa/recovery-codes", .token, use: replaceRecoveryCodes)
    }

    @Sendable private func finish(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(SecondStepBody.self)
        let token = body.deviceToken.flatMap { DeviceToken($0) } ?? cookie.token(of: request)
        let tokens = try await Self.secondSteps.counting {
            try await useCases.finishSignIn(body.mfaToken, body.code, Device(request, context), token)
        }
        return try cookie.response(tokens, to: request, context)
    }

    @Sendable private func begin(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let offer = try await Self.changes.counting { try await useCases.begin(ActingOwner(request, context)) }
        return try JSONResponse(.ok, FactorOfferBody(offer)).response(from: request, context: context)
    }

    @Sendable private func confirm(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let owner = try ActingOwner(request, context)
        let body = try await request.decode(CodeBody.self)
        let codes = try await Self.changes.counting { try await useCases.confirm(body.code, owner) }
        return try JSONResponse(.ok, RecoveryCodesBody(codes: codes)).response(from: request, context: context)
    }

    @Sendable private func remove(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let owner = try ActingOwner(request, context)
        let body = try await request.decode(CodeBody.self)
        try await Self.changes.counting { try await useCases.remove(body.code, owner) }
        return Response(status: .noContent)
    }

    @Sendable private func replaceRecoveryCodes(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let owner = try ActingOwner(request, context)
        let body = try await request.decode(CodeBody.self)
        let codes = try await Self.changes.counting { try await useCases.replaceRecoveryCodes(body.code, owner) }
        return try JSONResponse(.ok, RecoveryCodesBody(codes: codes)).response(from: request, context: context)
    }
}
