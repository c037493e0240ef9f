public import DomainKit

/// The videos a user may know of, narrowed by owner, words and tag.
public struct ListVideos<Videos: VideoStore>: Sendable {
    let videos: Videos

    public init(videos: Videos) {
        self.videos = videos
    }

    public func callAsFunction(_ query: VideoQuery, _ page: PageRequest) async throws -> Page<Video> {
        try await videos.list(query, page)
    }
}
