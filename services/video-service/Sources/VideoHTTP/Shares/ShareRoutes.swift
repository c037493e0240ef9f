import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import VideoDomain

/// Whom a video is shared with.
struct ShareRoutes: Sendable {
    let useCases: VideoUseCases

    func add(to routes: AccessRouter<CallerContext>, changing: AccessRouter<CallerContext>) {
        routes.get("/v1/videos/{id}/shares", .token, use: list)
        changing.put("/v1/videos/{id}/shares/{user_id}", .token, use: share)
        changing.delete("/v1/videos/{id}/shares/{user_id}", .token, use: unshare)
    }

    @Sendable func list(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        return JSONResponse(.ok, try await useCases.listShares(try context.videoID(), viewer, page).map(ShareBody.init))
    }

    @Sendable func share(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        try await request.requireNoBody()
        let (share, isNew) = try await useCases.shareVideo(try context.videoID(), try context.sharedUser(), viewer)
        return JSONResponse(isNew ? .created : .ok, ShareBody(share))
    }

    @Sendable func unshare(_ request: Request, context: CallerContext) async throws -> Response {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        try await useCases.unshareVideo(try context.videoID(), try context.sharedUser(), viewer)
        return Response(status: .noContent)
    }
}

/// A share on the wire.
struct ShareBody: JSONWritable {
    let share: VideoShare

    init(_ share: VideoShare) {
        self.share = share
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("user_id", share.userID)
            $0.member("shared_at", share.sharedAt)
        }
    }
}

extension Request {
    /// Of what is said by the address alone. Fails: `platform.invalid-input` for a body all the same.
    fileprivate func requireNoBody() async throws {
        guard try await collect(limit: 4 * 1_024).readableBytes > 0 else { return }
        throw Failure.invalid([Violation(code: "not-acceptable", detail: "There is nothing to say here in a body.")])
    }
}

extension CallerContext {
    /// Whom a path names. Fails: `platform.invalid-input` for what is no id.
    fileprivate func sharedUser() throws(Failure) -> UserID {
        guard let id = parameters.get("user_id").flatMap({ UserID($0) }) else {
            throw .invalid([
                Violation(pointer: "/user_id", code: "wrong-type", detail: "The path must name the id of an account.")
            ])
        }
        return id
    }
}
