import AuthKit
import HTTPKit
import HTTPTypes
import Hummingbird

/// The addresses of uploads, and which of two protocols a request speaks there: tus 1.0.0 or the IETF's draft.
struct ResumableRoutes: Sendable {
    private let tus: TusRoutes
    private let draft: DraftRoutes

    init(useCases: VideoUseCases, running: RunningUploads) {
        tus = TusRoutes(useCases: useCases, running: running)
        draft = DraftRoutes(useCases: useCases, running: running)
    }

    /// What the service can do is no secret, and browsers ask before they may send tokens.
    func add(to routes: AccessRouter<CallerContext>, creating: AccessRouter<CallerContext>) {
        let (tus, draft) = (tus, draft)
        routes.on(.options, "/v1/uploads", .open) { try tus.abilities($0, context: $1) }
        routes.on(.options, "/v1/uploads/{id}", .open) { try tus.abilities($0, context: $1) }
        creating.post("/v1/uploads", .token) { request, context in
            DraftRequest.isOne(request)
                ? try await draft.create(request, context: context) : try await tus.create(request, context: context)
        }
        routes.head("/v1/uploads/{id}", .token) { request, context in
            DraftRequest.isOne(request)
                ? try await draft.offset(request, context: context) : try await tus.offset(request, context: context)
        }
        routes.patch("/v1/uploads/{id}", .token) { request, context in
            DraftRequest.isOne(request)
                ? try await draft.append(request, context: context) : try await tus.append(request, context: context)
        }
        // The same in both.
        routes.delete("/v1/uploads/{id}", .token) { try await tus.terminate($0, context: $1) }
    }
}
