import AuthKit
import DomainKit
import Foundation
import HTTPKit
import Hummingbird
import IdentityEvents
import Logging
import UserDomain

/// `/internal/v1/erasures`: which accounts were erased, for services that keep something of accounts, and what they did about it.
/// The gateway does not lead there. `/v1/admin/erasures`: the same for admins.
struct ErasureRoutes: Sendable {
    let store: any ErasureStore

    func add(to routes: AccessRouter<CallerContext>) {
        let scope = Access.scope(ServiceScope.identityEvents.rawValue, or: [])
        routes.get("/internal/v1/erasures", scope, use: read)
        routes.put("/internal/v1/erasures/{id}/report", scope, use: report)
        routes.get("/v1/admin/erasures", .roles([.admin]), use: list)
    }

    @Sendable private func read(_ request: Request, _ context: CallerContext) async throws -> Response {
        var query = try QueryReader(request)
        let position = query.value("after", as: IdentityPosition.self)
        try query.done()
        let page = try await store.erasures(after: position)
        return try JSONResponse(.ok, ErasurePageBody(page: page)).response(from: request, context: context)
    }

    /// A service reports for itself: who it is its token says.
    @Sendable private func report(_ request: Request, _ context: CallerContext) async throws -> Response {
        try request.requireNoQuery()
        guard let id = context.parameters.get("id").flatMap({ UserID($0) }) else { throw Failure.erasureNotFound }
        guard let service = context.service?.clientID else { throw Failure.erasureNotFound }
        let removed = try await request.decode(ErasureReportBody.self).checked()
        if let finished = try await store.take(removed, of: id, from: service) {
            let took = (finished.finishedAt ?? finished.account.at).timeIntervalSince(finished.account.at)
            context.logger.notice(
                "account erased everywhere", metadata: ["account": "\(id)", "seconds": "\(took)"])
        }
        return Response(status: .noContent)
    }

    @Sendable private func list(_ request: Request, _ context: CallerContext) async throws -> Response {
        var query = try QueryReader(request)
        let filter = ErasureFilter(
            user: query.value("user_id", as: UserID.self), isFinished: query.value("finished", as: Bool.self))
        let page = query.page()
        try query.done()
        let found = try await store.list(filter, page: page)
        return try JSONResponse(.ok, found.map { ErasureBody(erasure: $0) }).response(from: request, context: context)
    }
}
