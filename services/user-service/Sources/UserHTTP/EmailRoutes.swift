import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import UserDomain

/// `/v1/email-verifications`, `/v1/password-resets` and changes of the address: what is done by mail. Who asks for a mail is not
/// told whether one goes out.
struct EmailRoutes: Sendable {
    private static let askedVerifications = OutcomeCounter(label: "email_verification_requests_total")
    private static let askedResets = OutcomeCounter(label: "password_reset_requests_total")
    private static let verifications = OutcomeCounter(label: "email_verifications_total")
    private static let resets = OutcomeCounter(label: "password_resets_total")

    private static let askedChanges = OutcomeCounter(label: "email_change_requests_total")
    private static let changes = OutcomeCounter(label: "email_changes_total")

    let useCases: UserUseCases

    func add(asking: AccessRouter<CallerContext>, confirming: AccessRouter<CallerContext>) {
        asking.post("/v1/email-verifications", .open, use: askForVerification)
        confirming.post("/v1/email-verifications/confirm", .open, use: verify)
        asking.post("/v1/password-resets", .open, use: askForReset)
        confirming.post("/v1/password-resets/confirm", .open, use: reset)
        asking.post("/v1/me/email", .token, use: askForChange)
        confirming.post("/v1/email-changes/confirm", .open, use: confirmChange)
    }

    @Sendable private func askForVerification(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let email = try await request.decode(AskForMailBody.self).email
        try await Self.askedVerifications.counting { try await useCases.askForVerification(email) }
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
        let email = try await request.decode(AskForMailBody.self).email
        try await Self.askedResets.counting { try await useCases.askForReset(email) }
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

    @Sendable private func askForChange(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let owner = try ActingOwner(request, context)
        let body = try await request.decode(ChangeEmailBody.self)
        try await Self.askedChanges.counting {
            try await useCases.askForEmail(owner, body.email, ClaimedPassword(body.password))
        }
        return Response(status: .accepted)
    }

    @Sendable private func confirmChange(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let body = try await request.decode(ConfirmEmailChangeBody.self)
        let state = try await Self.changes.counting { () -> EmailChange.State in
            try await useCases.confirmEmail(body.token, Device(request, context), context.requestID)
        }
        return try JSONResponse(.ok, EmailChangeBody(state: state)).response(from: request, context: context)
    }
}
