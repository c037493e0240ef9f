public import VideoDomain

/// What can be done with uploads.
public struct UploadUseCases<Uploads: UploadStore, Media: MediaStore, Cleanup: MediaCleaning>: Sendable {
    let create: CreateUpload<Uploads, Media>
    let receive: ReceiveBytes<Uploads, Media>
    let show: ShowUpload<Uploads, Media>
    let list: ListUploads<Uploads>
    let cancel: CancelUpload<Uploads, Cleanup>
    let limits: UploadLimits

    public init(
        create: CreateUpload<Uploads, Media>, receive: ReceiveBytes<Uploads, Media>, show: ShowUpload<Uploads, Media>,
        list: ListUploads<Uploads>, cancel: CancelUpload<Uploads, Cleanup>, limits: UploadLimits
    ) {
        self.create = create
        self.receive = receive
        self.show = show
        self.list = list
        self.cancel = cancel
        self.limits = limits
    }
}
