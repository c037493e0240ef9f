public import DomainKit

/// Makes a video of an upload whose bytes are all here, if its owner still may.
///
/// What is known here of a ban is known at once, and then nobody is asked. May be done again after a crash at any point: bytes
/// first, then the rows, each step repeatable.
/// Fails: `video.upload-not-found`; as `AccountStandings` and `VideoRights`, and then all stays as it is.
public struct FinishUpload<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let media: Media
    let standings: any AccountStandings
    let rights: any VideoRights
    let clock: any WallClock

    public init(
        uploads: Uploads, media: Media, standings: any AccountStandings, rights: any VideoRights, clock: any WallClock
    ) {
        self.uploads = uploads
        self.media = media
        self.standings = standings
        self.rights = rights
        self.clock = clock
    }

    public func callAsFunction(_ upload: Upload) async throws -> Upload {
        guard upload.awaitsFinish else { return upload }
        try standings.requireGood(upload.ownerID)
        try await rights.mayFinish(upload)
        try await media.complete(upload.media, size: upload.size)
        guard let finished = try await uploads.finish(upload.id, at: clock.now) else { throw Failure.uploadNotFound }
        return finished
    }
}
