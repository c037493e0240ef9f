public import DomainKit

/// One's own uploads, newest first, finished ones until they expire. Of numbered parts the store is asked.
public struct ListUploads<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let media: Media

    public init(uploads: Uploads, media: Media) {
        self.uploads = uploads
        self.media = media
    }

    public func callAsFunction(of user: UserID, _ page: PageRequest) async throws -> Page<Upload> {
        let found = try await uploads.list(of: user, page)
        var counted: [Upload] = []
        for upload in found.items { counted.append(try await media.counted(upload)) }
        return Page(items: counted, next: found.next)
    }
}
