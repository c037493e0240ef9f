import AuthKit
import DomainKit
import Encodings
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore
import VideoDomain

/// Resumable uploads as tus 1.0.0 has them: a client that lost its connection asks for the offset with `HEAD` and goes
/// on with `PATCH`, at any replica.
struct TusRoutes: Sendable {
    let useCases: VideoUseCases
    let running: RunningUploads

    func abilities(_ request: Request, context: CallerContext) throws -> Response {
        try request.requireNoQuery()
        // Nobody is asked who they are: what the best membership allows.
        let limit = useCases.uploadLimit(for: nil)
        return Response(
            status: .noContent,
            headers: [
                .tusVersion: Tus.version, .tusExtension: Tus.extensions, .tusMaxSize: String(limit.mostBytes),
                .uploadLimit: limit.text, .tusChecksumAlgorithm: Tus.checksumAlgorithms,
            ])
    }

    /// Creation, with the first bytes when there is a body. One that is refused for its body leaves no upload: nobody was
    /// told its name.
    func create(_ request: Request, context: CallerContext) async throws -> Response {
        let viewer = try context.viewer()
        let tus = try TusRequest(request, creates: true)
        let upload: Upload
        switch try tus.concatenation() {
        case .final(let parts):
            let new = try tus.metadata().newUpload(size: 0)
            upload = try await useCases.joinUploads(parts, new, context.effectID, viewer)
        case .partial:
            let (size, metadata) = (try tus.length(), try tus.metadata())
            upload = try await create(request, tus, size, context) {
                try await useCases.createPart(size, metadata.raw, context.effectID, viewer)
            }
        case nil:
            let new = try tus.metadata().newUpload(size: try tus.length())
            upload = try await create(request, tus, new.size ?? 0, context) {
                try await useCases.createUpload(new, context.effectID, viewer)
            }
        }
        var fields = progress(of: upload)
        fields[.uploadLimit] = useCases.uploadLimit(for: viewer.tier).text
        // Relative (RFC 9110 §10.2.2), so that it is right behind any gateway.
        fields[.location] = UploadConcat.address(of: upload.id)
        return Response(status: .created, headers: fields)
    }

    /// Makes an upload once what comes with it is known to be in order, and takes its first bytes.
    private func create(
        _ request: Request, _ tus: TusRequest, _ size: Int64, _ context: CallerContext,
        _ make: () async throws -> (upload: Upload, isNew: Bool)
    ) async throws -> Upload {
        let checksum = try tus.checksum()
        if tus.hasBody { try tus.requireBytes() }
        if let announced = tus.announced, announced > size { throw Failure.beyondLength(size) }
        let (upload, isNew) = try await make()
        // An earlier try of this call got through: how far, the client learns as after any lost connection.
        guard isNew else { return try await useCases.settledUpload(upload.id, upload.ownerID) }
        guard tus.hasBody else { return upload }
        return try await running.during(try context.caller()) { permit in
            try await begin(upload, request, tus, checksum, context, as: upload.ownerID, with: permit)
        }
    }

    func offset(_ request: Request, context: CallerContext) async throws -> Response {
        let caller = try context.userID()
        _ = try TusRequest(request)
        let upload = try await useCases.settledUpload(try context.uploadID(), caller)
        var fields = progress(of: upload)
        fields[.uploadLength] = String(upload.size)
        fields[.uploadMetadata] = upload.metadata
        fields[.uploadConcat] = UploadConcat(of: upload)?.text
        fields[.cacheControl] = "no-store"
        return Response(status: .ok, headers: fields)
    }

    func append(_ request: Request, context: CallerContext) async throws -> Response {
        let caller = try context.userID()
        let tus = try TusRequest(request)
        let id = try context.uploadID()
        try tus.requireBytes()
        let known = try IfMatch(request, required: false)
        let (checksum, offset) = (try tus.checksum(), try tus.offset())
        let upload = try await running.during(try context.caller()) { permit in
            try await useCases.receiveBytes(request.body, tus.announced, checksum, id, offset, caller, permit) {
                upload in
                try known.check(UploadBody.etag(of: upload))
            }
        }
        return Response(status: .noContent, headers: progress(of: upload))
    }

    /// Also for clients that do not speak tus otherwise: the version is checked only when it is said.
    func terminate(_ request: Request, context: CallerContext) async throws -> Response {
        let caller = try context.userID()
        if request.headers[.tusResumable] != nil { _ = try TusRequest(request) }
        try request.requireNoQuery()
        let known = try IfMatch(request, required: false)
        try await useCases.cancelUpload(try context.uploadID(), caller) { upload in
            try known.check(UploadBody.etag(of: upload))
        }
        return Response(status: .noContent)
    }

    /// Takes a creation's bytes. Who sent an `Idempotency-Key` can name the upload by it: what came before a cut, or before
    /// a part of the service was away, is kept for that client.
    private func begin(
        _ upload: Upload, _ request: Request, _ tus: TusRequest, _ checksum: (any BodyChecksum<ByteBuffer>)?,
        _ context: CallerContext, as caller: UserID, with permit: any Permit
    ) async throws -> Upload {
        do {
            return try await useCases.receiveBytes(
                request.body, tus.announced, checksum, upload.id, 0, caller, permit
            ) { _ in }
        } catch let failure as Failure where context.effectID != nil && failure.kind == .unavailable {
            throw failure
        } catch let failure as Failure where context.effectID != nil && failure.code == Failure.bodyCutCode {
            return try await useCases.settledUpload(upload.id, caller)
        } catch {
            await giveUp(upload.id, as: caller)
            throw error
        }
    }

    /// In a task of its own, as the client may be gone by now. What fails is left to the housekeeping.
    private func giveUp(_ id: UploadID, as user: UserID) async {
        let cancel = useCases.cancelUpload
        await Task { try? await cancel(id, user) { _ in } }.value
    }

    /// Only what is unfinished expires (tus §Expiration), and what is being joined has no offset until it is (§Concatenation).
    private func progress(of upload: Upload) -> HTTPFields {
        var fields = HTTPFields()
        if upload.state != .joining { fields[.uploadOffset] = String(upload.received) }
        if upload.state == .finished {
            fields[.videoID] = upload.videoID?.description
        } else {
            fields[.uploadExpires] = HTTPDate.string(from: upload.expiresAt)
        }
        return fields
    }
}

extension CallerContext {
    /// The upload a path names. What is no id names nothing. Fails: `video.upload-not-found`.
    func uploadID() throws(Failure) -> UploadID {
        guard let id = parameters.get("id").flatMap({ UploadID($0) }) else { throw .uploadNotFound }
        return id
    }
}
