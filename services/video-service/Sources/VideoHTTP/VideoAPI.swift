public import AuthKit
import Foundation
public import HTTPKit
import HTTPTypes
public import Hummingbird
public import NIOCore
public import VideoDomain

/// All routes of the service in one place.
///
/// `guardian` lets a request pass whose caller is known; every route has it but the signed media URLs, the answer to
/// `OPTIONS` and the description of the API itself.
public struct VideoAPI<
    Videos: VideoStore, Uploads: UploadStore, Media: MediaStore, Cleanup: MediaCleaning, Gate: MediaGate,
    Guardian: RouterMiddleware
>: Sendable where Media.Writer.Chunk == ByteBuffer, Guardian.Context == CallerContext {
    let videos: VideoUseCases<Videos, Media, Cleanup>
    let uploads: UploadUseCases<Uploads, Media, Cleanup>
    let gate: Gate
    let guardian: Guardian
    let idempotency: any IdempotencyStore
    let problemTypeBase: String

    public init(
        videos: VideoUseCases<Videos, Media, Cleanup>, uploads: UploadUseCases<Uploads, Media, Cleanup>, gate: Gate,
        guardian: Guardian, idempotency: any IdempotencyStore, problemTypeBase: String = Problem.defaultTypeBase
    ) {
        self.videos = videos
        self.uploads = uploads
        self.gate = gate
        self.guardian = guardian
        self.idempotency = idempotency
        self.problemTypeBase = problemTypeBase
    }

    public func router() -> Router<CallerContext> {
        let router = Router(context: CallerContext.self)
        let tus = router.group("/v1/uploads").add(middleware: TusMiddleware(problemTypeBase: problemTypeBase))
        // A new upload is what its fields say; its first bytes may be a gigabyte.
        let repeats = IdempotencyMiddleware<CallerContext>(
            store: idempotency, content: .fields([.uploadLength, .uploadMetadata, .uploadChecksum, .contentLength]))
        TusRoutes(uploads: uploads).add(
            open: tus, guarded: tus.group().add(middleware: guardian).add(middleware: repeats))
        UploadRoutes(uploads: uploads).add(to: router.group("/v1/uploads").add(middleware: guardian))
        VideoRoutes(videos: videos).add(to: router.group("/v1/videos").add(middleware: guardian))
        MediaRoutes(gate: gate).add(to: router)
        OpenAPIRoute().add(to: router)
        return router
    }
}
