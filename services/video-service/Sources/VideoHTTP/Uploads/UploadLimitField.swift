import HTTPTypes

/// How large an upload may be, and how long it may stand still: `Upload-Limit` of draft-ietf-httpbis-resumable-upload, whose
/// `max-size` is what tus calls `Tus-Max-Size`.
struct UploadLimitField {
    /// Bytes.
    let mostBytes: Int64
    let life: Duration

    var text: String { "max-size=\(mostBytes), max-age=\(life.components.seconds)" }
}
