import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore
import VideoDomain

/// What the header fields of draft-ietf-httpbis-resumable-upload say in a request.
///
/// The draft has fields of other values ignored. Here they are refused, as whoever sent them meant something.
struct DraftRequest {
    let version: DraftVersion
    /// The client waits for interim responses of this version, as it named it.
    let takesInterim: Bool
    private let fields: HTTPFields

    /// Whether a request speaks this protocol, and not tus: by its fields; a bare question for the offset is one of it, too.
    static func isOne(_ request: Request) -> Bool {
        let fields = request.headers
        if fields[.tusResumable] != nil { return false }
        return request.method == .head
            || [.uploadComplete, .uploadIncomplete, .uploadDraftInteropVersion].contains { fields[$0] != nil }
    }

    /// Fails: `platform.invalid-input` for a version that is not spoken, for fields of what is not spoken here, and for
    /// any query.
    init(_ request: Request) throws {
        fields = request.headers
        version = try DraftVersion(fields)
        takesInterim = fields[.uploadDraftInteropVersion] != nil
        try request.requireNoQuery()
        try refuse([
            version.completeness.other, .uploadConcat, .uploadDeferLength, .uploadChecksum, .reprDigest, .contentRange,
            .trailer,
        ])
    }

    private func refuse(_ names: [HTTPField.Name]) throws(Failure) {
        for name in names where fields[name] != nil {
            throw invalid(name, "unsupported", "What this header field asks for is not spoken here.")
        }
    }

    /// The body's length; nil when it is not known beforehand.
    var announced: Int64? {
        if let length = fields[.contentLength] { return Int64(length) }
        return fields[.transferEncoding] == nil ? 0 : nil
    }

    /// Fails: `platform.invalid-input` without the field, and unless it is a boolean.
    func isLast() throws(Failure) -> Bool {
        let name = version.completeness.name
        switch fields[name].map(bareItem) {
        case nil: throw invalid(name, "required", "This header field is needed.")
        case "?1": return version != .three
        case "?0": return version == .three
        default: throw invalid(name, "wrong-type", "This header field must be ?0 or ?1.")
        }
    }

    /// Fails: `platform.invalid-input`.
    func end() throws(Failure) -> UploadEnd {
        let length = try number(.uploadLength)
        return try isLast() ? .here(length: length) : .later(length: length)
    }

    /// Fails: `platform.invalid-input`.
    func offset() throws(Failure) -> Int64 {
        guard let offset = try number(.uploadOffset) else {
            throw invalid(.uploadOffset, "required", "This header field is needed.")
        }
        return offset
    }

    /// Fails: 415, where the version has a type of its own for what is appended.
    func requirePartialUpload() throws {
        guard version.needsPartialUpload else { return }
        guard fields[.contentType].flatMap({ MediaType($0) })?.essence == Self.partialUpload else {
            throw Failure(
                .unsupportedMediaType, code: "platform.unsupported-media-type",
                message: "Bytes that are appended must be sent as \(Self.partialUpload)."
            ).with([.acceptPatch: Self.partialUpload])
        }
    }

    static let partialUpload = "application/partial-upload"

    /// What the body is to be held against (RFC 9530). Fails: `platform.invalid-input`.
    func checksum() throws(Failure) -> (any BodyChecksum<ByteBuffer>)? {
        try ContentDigest.parse(fields[.contentDigest])
    }

    /// The video and its upload, as far as its length is known. Fails: `platform.invalid-input`, `video.inconsistent-length`.
    func newUpload() throws(Failure) -> NewUpload {
        let metadata = try UploadMetadata(fields[.uploadMetadata])
        let filename = try DispositionName.parse(fields[.contentDisposition])
        var new = try metadata.newUpload(size: 0, filename: filename, contentType: contentType())
        let end = try end()
        let length = try end.length(at: 0, announced: announced)
        new.size = length
        if case .here = end, length != nil { new.isOpen = false } else { new.isOpen = true }
        return new
    }

    /// The representation's; what only frames a body says nothing of it.
    private func contentType() throws(Failure) -> ContentType? {
        guard let field = fields[.contentType] else { return nil }
        do {
            let type = try ContentType(field)
            let framing = [Self.partialUpload, Tus.contentType, "application/x-www-form-urlencoded"]
            return framing.contains(type.text) ? nil : type
        } catch {
            throw .invalid([error.at("#content-type")])
        }
    }

    private func number(_ name: HTTPField.Name) throws(Failure) -> Int64? {
        guard let text = fields[name].map(bareItem) else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(text)
        else { throw invalid(name, "wrong-type", "This header field must be a whole number of bytes.") }
        return number
    }

    private func invalid(_ name: HTTPField.Name, _ code: String, _ detail: String) -> Failure {
        .invalid([Violation(pointer: "#\(name.canonicalName)", code: code, detail: detail)])
    }
}

/// A structured item without its parameters (RFC 9651 §3.3); parameters of none of these fields mean anything.
private func bareItem(_ field: String) -> String {
    field.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
}
