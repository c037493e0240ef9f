public import struct Foundation.Date

/// Objects can be read by whoever has a URL that was signed for it.
public protocol ReadSigning: Sendable {
    /// A URL that lets whoever has it read the object until `expiry`, shown as `presentation` says. Asks nobody whether
    /// there is such an object.
    ///
    /// `holder` says whom it is for, in words of whoever answers it, who may ask whether it still counts. Where others
    /// answer nobody would ask, and it is left out. A store whose own credentials end earlier makes the URL end with them.
    func signedURL(
        for key: ObjectKey, as presentation: Presentation, to holder: String?, until expiry: Date
    ) async throws -> SignedURL
}

extension ReadSigning {
    /// For nobody in particular.
    public func signedURL(
        for key: ObjectKey, as presentation: Presentation, until expiry: Date
    ) async throws -> SignedURL {
        try await signedURL(for: key, as: presentation, to: nil, until: expiry)
    }
}

/// Parts can be put by whoever has a URL that was signed for it.
public protocol PartSigning: Sendable {
    /// What lets its holder put part `number` of the upload, of exactly `size` bytes, until `expiry`; as often as it likes,
    /// and the last one counts. Fails: `badPart` beyond the store's limits.
    func signedPut(
        part number: Int, of upload: ObjectUpload, size: Int64, until expiry: Date
    ) async throws -> SignedPut
}

/// A `GET` that needs nothing but the URL.
public struct SignedURL: Sendable, Hashable {
    public var url: String
    /// When it ends: as was asked or earlier, in whole seconds.
    public var expiry: Date

    public init(url: String, expiry: Date) {
        self.url = url
        self.expiry = expiry
    }
}

/// A `PUT` that needs nothing but the bytes. Its answer has the part's `ETag`.
public struct SignedPut: Sendable, Hashable {
    public var url: String
    /// Fields that were signed too and must be sent as they are.
    public var headers: [String: String]
    /// As a `SignedURL`'s.
    public var expiry: Date

    public init(url: String, headers: [String: String] = [:], expiry: Date) {
        self.url = url
        self.headers = headers
        self.expiry = expiry
    }
}

/// How a reader of a signed URL is told to show the object.
public struct Presentation: Sendable, Hashable {
    public var contentType: String
    public var filename: String?

    public init(contentType: String, filename: String? = nil) {
        self.contentType = contentType
        self.filename = filename
    }
}
