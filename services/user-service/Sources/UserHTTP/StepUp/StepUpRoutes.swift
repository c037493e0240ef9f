import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import UserDomain

/// `POST /v1/sessions/step-up`: showing again who one is, in the session there is.
struct StepUpRoutes: Sendable {
    private static let stepUps = OutcomeCounter(label: "step_ups_total")

    let useCases: StepUpUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.post("/v1/sessions/step-up/options", .token, use: options)
        routes.post("/v1/sessions/step-up", .token, use: show)
    }

    @Sendable private func options(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        return try CeremonyOptions(options: try await useCases.options(ActingOwner(request, context))).response()
    }

    @Sendable private func show(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        let owner = try ActingOwner(request, context)
        let body = try await request.decode(StepUpBody.self)
        let steppedUp = try await Self.stepUps.counting {
            try await RefusedPasskeys.counting {
                try await useCases.show(owner, body.proof)
            }
        }
        return try JSONResponse(.ok, SteppedUpBody(steppedUp: steppedUp)).response(from: request, context: context)
    }
}

extension ActingOwner {
    /// Fails: unauthenticated, on a route that was declared open.
    init(_ request: Request, _ context: CallerContext) throws(Failure) {
        let caller = try context.caller()
        self.init(
            id: UserID(caller.userID), session: caller.sessionID.map { SessionID($0) },
            authenticatedAt: caller.authenticatedAt, requestID: context.requestID,
            device: Device(request, context))
    }
}
