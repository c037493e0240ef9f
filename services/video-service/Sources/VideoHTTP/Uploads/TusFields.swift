public import HTTPTypes

/// The version of the protocol spoken here: https://tus.io/protocols/resumable-upload
enum Tus {
    static let version = "1.0.0"
    /// What is spoken beyond the core.
    static let extensions = "creation,creation-with-upload,expiration,checksum,termination,concatenation"
    /// How `Upload-Checksum` may be made.
    static let checksumAlgorithms = "sha256,sha1"
    static let contentType = "application/offset+octet-stream"
}

extension HTTPField.Name {
    public static let tusResumable = HTTPField.Name("Tus-Resumable")!
    public static let tusVersion = HTTPField.Name("Tus-Version")!
    public static let tusExtension = HTTPField.Name("Tus-Extension")!
    public static let tusMaxSize = HTTPField.Name("Tus-Max-Size")!
    public static let uploadLength = HTTPField.Name("Upload-Length")!
    public static let uploadDeferLength = HTTPField.Name("Upload-Defer-Length")!
    public static let uploadOffset = HTTPField.Name("Upload-Offset")!
    public static let uploadMetadata = HTTPField.Name("Upload-Metadata")!
    public static let uploadChecksum = HTTPField.Name("Upload-Checksum")!
    public static let tusChecksumAlgorithm = HTTPField.Name("Tus-Checksum-Algorithm")!
    public static let uploadConcat = HTTPField.Name("Upload-Concat")!
    public static let uploadComplete = HTTPField.Name("Upload-Complete")!
    public static let uploadIncomplete = HTTPField.Name("Upload-Incomplete")!
    public static let uploadDraftInteropVersion = HTTPField.Name("Upload-Draft-Interop-Version")!
    public static let contentDigest = HTTPField.Name("Content-Digest")!
    public static let reprDigest = HTTPField.Name("Repr-Digest")!
    public static let acceptPatch = HTTPField.Name("Accept-Patch")!
    public static let methodOverride = HTTPField.Name("X-HTTP-Method-Override")!
    public static let uploadLimit = HTTPField.Name("Upload-Limit")!
    public static let uploadExpires = HTTPField.Name("Upload-Expires")!
    /// The video an upload became, once it did.
    public static let videoID = HTTPField.Name("Video-Id")!
}
