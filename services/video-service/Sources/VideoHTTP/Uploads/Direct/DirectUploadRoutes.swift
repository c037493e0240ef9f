import AuthKit
import DomainKit
import HTTPKit
import Hummingbird
import VideoDomain

/// Uploads in numbered parts, whose bytes go to the object store by signed addresses.
struct DirectUploadRoutes: Sendable {
    /// A list of all parts with the longest etags.
    private static let completionLimit = 1 << 20

    let useCases: VideoUseCases

    /// What costs reading a whole video is `limited` like beginning one.
    func add(
        to routes: AccessRouter<CallerContext>, creating: AccessRouter<CallerContext>,
        limited: AccessRouter<CallerContext>
    ) {
        creating.post("/v1/uploads/multipart", .token, use: create)
        routes.get("/v1/uploads/{id}/parts", .token, use: list)
        routes.post("/v1/uploads/{id}/parts", .token, use: sign)
        limited.post("/v1/uploads/{id}/complete", .token, use: complete)
    }

    @Sendable func create(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        let new = try await request.decode(NewDirectUploadBody.self).checked()
        let (upload, plan) = try await useCases.createDirectUpload(new, context.effectID, viewer)
        return JSONResponse(
            .created, DirectUploadBody(upload: upload, plan: plan),
            headers: [
                .location: UploadConcat.address(of: upload.id),
                .uploadLimit: useCases.uploadLimit(for: viewer.tier).text,
            ])
    }

    @Sendable func sign(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let caller = try context.userID()
        try request.requireNoQuery()
        let id = try context.uploadID()
        let numbers = try await request.decode(PartNumbersBody.self).checked()
        return JSONResponse(.ok, PartLinksBody(links: try await useCases.signParts(numbers, id, caller)))
    }

    @Sendable func list(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let caller = try context.userID()
        let id = try context.uploadID()
        var query = try QueryReader(request)
        let page = query.page()
        try query.done()
        return JSONResponse(.ok, try await useCases.listParts(id, caller, page).map(MediaPartBody.init))
    }

    @Sendable func complete(_ request: Request, context: CallerContext) async throws -> JSONResponse {
        let viewer = try context.viewer()
        try request.requireNoQuery()
        let id = try context.uploadID()
        let told = try await request.decode(CompletionBody.self, limit: Self.completionLimit).checked()
        let upload = try await useCases.completeUpload(id, told.parts, told.sha256, viewer.id)
        guard let id = upload.videoID else { throw Failure.videoNotFound }
        return await useCases.answer(try await useCases.showVideo(id, viewer), to: viewer)
    }
}
