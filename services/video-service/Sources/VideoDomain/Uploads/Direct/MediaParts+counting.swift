extension MediaParts {
    /// The upload with the bytes that are stored of it by now, where only the store knows.
    /// Fails: `video.upload-not-found`, `unavailable`.
    func counted(_ upload: Upload) async throws -> Upload {
        var upload = upload
        switch upload.state {
        case .direct:
            upload.received = min(upload.size, try await parts(of: upload.media).reduce(0) { $0 + $1.size })
        case .completing: upload.received = upload.size
        default: break
        }
        return upload
    }
}
