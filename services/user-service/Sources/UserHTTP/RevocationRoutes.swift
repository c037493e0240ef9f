import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import IdentityEvents
import UserDomain

/// `GET /internal/v1/revocations`: what makes tokens void, for services that ask for it. The gateway does not lead here.
struct RevocationRoutes: Sendable {
    let feed: any IdentityFeed

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/internal/v1/revocations", .scope(ServiceScope.identityEvents.rawValue, or: []), use: read)
    }

    @Sendable private func read(_ request: Request, _ context: CallerContext) async throws -> Response {
        var query = try QueryReader(request)
        let position = query.value("after", as: IdentityPosition.self)
        try query.done()
        let page = try await feed.events(after: position)
        return try JSONResponse(.ok, RevocationPageBody(page: page)).response(from: request, context: context)
    }
}
