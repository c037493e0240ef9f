public import DomainKit

/// The parts of one's own upload that are stored, by number.
///
/// Fails: as `SignParts`; `invalid-cursor`.
public struct ListParts<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let media: Media

    public init(uploads: Uploads, media: Media) {
        self.uploads = uploads
        self.media = media
    }

    public func callAsFunction(_ id: UploadID, as user: UserID, _ page: PageRequest) async throws -> Page<MediaPart> {
        var after = 0
        if let cursor = page.after {
            var parts = CursorParts(cursor)
            after = Int(try parts.integer(in: 0...10_000))
            try parts.done()
        }
        guard let upload = try await uploads.find(id, of: user) else { throw Failure.uploadNotFound }
        _ = try upload.requireDirect()
        let rest = try await media.parts(of: upload.media).filter { $0.number > after }
        return Page(Array(rest.prefix(page.limit + 1)), limit: page.limit) { Cursor(["\($0.number)"]) }
    }
}
