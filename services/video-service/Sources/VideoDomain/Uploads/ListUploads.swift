public import DomainKit

/// One's own uploads, newest first, finished ones until they expire.
public struct ListUploads<Uploads: UploadStore>: Sendable {
    let uploads: Uploads

    public init(uploads: Uploads) {
        self.uploads = uploads
    }

    public func callAsFunction(of user: UserID, _ page: PageRequest) async throws -> Page<Upload> {
        try await uploads.list(of: user, page)
    }
}
