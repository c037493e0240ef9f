public import struct Foundation.Date

/// Objects can be read by whoever has a URL that was signed for it.
public protocol ReadSigning: Sendable {
    /// A URL that lets whoever has it read the object until `expiry`, shown as `presentation` says. Asks nobody whether
    /// there is such an object.
    ///
    /// `holder` says whom it is for, in words of whoever answers it, who may ask whether it still counts. Where others
    /// answer nobody would ask, and it is left out.
    func signedURL(
        for key: ObjectKey, as presentation: Presentation, to holder: String?, until expiry: Date
    ) async throws -> String
}

extension ReadSigning {
    /// For nobody in particular.
    public func signedURL(
        for key: ObjectKey, as presentation: Presentation, until expiry: Date
    ) async throws -> String {
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

/// A `PUT` that needs nothing but the bytes. Its answer has the part's `ETag`.
public struct SignedPut: Sendable, Hashable {
    public var url: String
    /// Fields that were signed too and must be sent as they are.
    public var headers: [String: String]

    public init(url: String, headers: [String: String] = [:]) {
        self.url = url
        self.headers = headers
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
