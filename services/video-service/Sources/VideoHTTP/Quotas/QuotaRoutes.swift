import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import VideoDomain

/// What one has here and how much one may have, beside what user-service says of oneself.
struct QuotaRoutes: Sendable {
    let useCases: VideoUseCases

    func add(to routes: AccessRouter<CallerContext>) {
        routes.get("/v1/me/quota", .token, use: show)
    }

    /// Counted at this moment: not to be kept (the edge says `no-store`).
    @Sendable func show(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        return JSONResponse(.ok, QuotaBody(uses: try await useCases.showQuota(viewer)))
    }
}

/// Quotas on the wire: by the name of each.
struct QuotaBody: JSONWritable {
    let uses: [VideoQuota: QuotaUse]

    func write(to json: inout JSONWriter) {
        json.object {
            for quota in VideoQuota.allCases { $0.member(quota.published, uses[quota].map(Use.init)) }
        }
    }

    private struct Use: JSONWritable {
        let use: QuotaUse

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("used", use.used)
                $0.member("limit", use.limit)
            }
        }
    }
}
