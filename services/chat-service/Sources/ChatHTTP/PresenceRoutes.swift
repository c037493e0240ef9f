import AuthKit
import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import Hummingbird

/// `/v1/rooms/{id}/presence`.
struct PresenceRoutes: Sendable {
    let useCases: ChatUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/v1/rooms/{id}/presence", .token, use: getAll)
    }

    @Sendable private func getAll(_ request: Request, _ context: CallerContext) async throws -> JSONResponse {
        let (id, viewer) = (try context.roomID(), try context.viewer())
        try request.requireNoQuery()
        return JSONResponse(.ok, PresenceBody(present: try await useCases.listPresent(id, viewer)))
    }
}

struct PresenceBody: JSONWritable {
    let present: [(user: UserID, since: Date)]

    func write(to json: inout JSONWriter) {
        json.object { $0.member("items", present.map { Item(user: $0.user, since: $0.since) }) }
    }

    private struct Item: JSONWritable {
        let user: UserID
        let since: Date

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("user_id", user)
                $0.member("since", since)
            }
        }
    }
}
