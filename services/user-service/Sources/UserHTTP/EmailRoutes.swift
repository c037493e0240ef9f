import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import UserDomain

/// `/v1/email-verifications` and `/v1/password-resets`: what is done by mail. Who asks for a mail is not told whether one goes
/// out.
struct EmailRoutes: Sendable {
    private static let verifications = OutcomeCounter(label: "email_verifications_total")
    private static let resets = OutcomeCounter(label: "password_resets_total")

    let useCases: UserUseCases

    func add(asking: AccessRouter<CallerContext>, confirming: AccessRouter<CallerContext>) {
        asking.post("/v1/email-verifications", .open, use: askForVerification)
        confirming.post("/v1/email-verifications/confirm", .open, use: verify)
        asking.post("/v1/password-resets", .open, use: askForReset)
        confirming.post("/v1/password-resets/confirm", .open, use: reset)
    }

    @Sendable private func askForVerification(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        try await useCases.askForVerification(request.decode(AskForMailBody.self).email)
        return Response(status: .accepted)
    }

    @Sendable private func verify(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(ConfirmVerificationBody.self)
        try await Self.verifications.counting { try await useCases.verifyEmail(body.token, context.requestID) }
        return Response(status: .noContent)
    }

    @Sendable private func askForReset(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        try await useCases.askForReset(request.decode(AskForMailBody.self).email)
        return Response(status: .accepted)
    }

    @Sendable private func reset(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(ConfirmResetBody.self)
        try await Self.resets.counting {
            try await useCases.resetPassword(
                body.token, body.newPassword, Device(request, context), context.requestID)
        }
        return Response(status: .noContent)
    }
}
