public import VideoDomain

/// What can be done with videos.
public struct VideoUseCases<Videos: VideoStore, Media: MediaStore, Cleanup: MediaCleaning>: Sendable {
    let list: ListVideos<Videos>
    let show: ShowVideo<Videos>
    let edit: EditVideo<Videos>
    let delete: DeleteVideo<Videos, Cleanup>
    let play: PlayVideo<Videos, Media>

    public init(
        list: ListVideos<Videos>, show: ShowVideo<Videos>, edit: EditVideo<Videos>,
        delete: DeleteVideo<Videos, Cleanup>, play: PlayVideo<Videos, Media>
    ) {
        self.list = list
        self.show = show
        self.edit = edit
        self.delete = delete
        self.play = play
    }
}
