import DomainKit
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore
import VideoDomain

/// What the protocol's own header fields of a request say.
struct TusRequest {
    private let fields: HTTPFields

    /// `creates` a request that may say what of a concatenation it makes.
    ///
    /// Fails: 412 naming our version when the client speaks another one, or says none;
    /// `platform.invalid-input` for fields of what is not spoken here, and for any query.
    init(_ request: Request, creates: Bool = false) throws {
        fields = request.headers
        guard fields[.tusResumable] == Tus.version else {
            let failure = Failure(
                .preconditionFailed, code: "video.tus-version",
                message: "Uploads speak tus \(Tus.version); say so in Tus-Resumable.")
            throw failure.with([.tusVersion: Tus.version])
        }
        try request.requireNoQuery()
        if !creates { try refuse([.uploadConcat]) }
        try refuse([.uploadDeferLength, .uploadComplete, .uploadIncomplete, .trailer])
    }

    /// Fields that would change what the request means. Fails: `platform.invalid-input` when one of them is there.
    private func refuse(_ names: [HTTPField.Name]) throws(Failure) {
        for name in names where fields[name] != nil {
            throw invalid(name, "unsupported", "What this header field asks for is not spoken here.")
        }
    }

    /// The body's length when it is known beforehand.
    var announced: Int64? { fields[.contentLength].flatMap { Int64($0) } }

    /// Whether bytes come with it. Some clients frame an empty body as chunks: such a one has no type either.
    var hasBody: Bool {
        (announced ?? 0) > 0 || (fields[.transferEncoding] != nil && fields[.contentType] != nil)
    }

    /// Fails: 415.
    func requireBytes() throws(Failure) {
        guard fields[.contentType].flatMap({ MediaType($0) })?.essence == Tus.contentType else {
            throw Failure(
                .unsupportedMediaType, code: "platform.unsupported-media-type",
                message: "The bytes of an upload must be sent as \(Tus.contentType).")
        }
    }

    /// Fails: `platform.invalid-input` unless it is a whole number, and when the length is said only now.
    func offset() throws(Failure) -> Int64 {
        try refuse([.uploadLength])
        return try number(.uploadOffset)
    }

    /// What the body is to be held against. Fails: `platform.invalid-input`.
    func checksum() throws(Failure) -> (any BodyChecksum<ByteBuffer>)? {
        try UploadChecksum.parse(fields[.uploadChecksum])
    }

    /// Fails: `platform.invalid-input`.
    func length() throws(Failure) -> Int64 { try number(.uploadLength) }

    /// Fails: `platform.invalid-input`.
    func metadata() throws(Failure) -> UploadMetadata { try UploadMetadata(fields[.uploadMetadata]) }

    /// Nil for an upload by itself. Fails: `platform.invalid-input`.
    func concatenation() throws(Failure) -> UploadConcat? {
        guard let field = fields[.uploadConcat] else { return nil }
        let concat = try UploadConcat(field)
        // What is joined has the bytes and the length of its parts.
        if case .final = concat {
            try refuse([.uploadLength, .uploadChecksum])
            if hasBody {
                throw invalid(.uploadConcat, "unsupported", "An upload that is joined takes no bytes itself.")
            }
        }
        return concat
    }

    private func number(_ name: HTTPField.Name) throws(Failure) -> Int64 {
        guard let text = fields[name] else { throw invalid(name, "required", "This header field is needed.") }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int64(text)
        else { throw invalid(name, "wrong-type", "This header field must be a whole number of bytes.") }
        return number
    }

    private func invalid(_ name: HTTPField.Name, _ code: String, _ detail: String) -> Failure {
        .invalid([Violation(pointer: "#\(name.canonicalName)", code: code, detail: detail)])
    }
}
