import DomainKit
import Foundation
import VideoDomain

/// The `Upload-Metadata` of a tus creation: `key base64, key base64, ...`.
///
/// `filename`, `filetype`, `title`, `description` and `visibility` describe the video; other keys are the client's own
/// business and given back with all the rest as they came (tus §Creation).
struct UploadMetadata {
    static let longest = 64 * 1_024

    /// As it came.
    let raw: String?
    private var values: [String: String] = [:]

    /// Fails: `platform.invalid-input` for what is not base64 of UTF-8, and for repeated keys.
    init(_ field: String?) throws(Failure) {
        raw = field
        guard let field, !field.isEmpty else { return }
        guard field.utf8.count <= Self.longest else {
            throw .invalid([Violation(pointer: "#upload-metadata", code: "too-long", detail: "At most 64 KiB.")])
        }
        var check = Validation()
        for pair in field.split(separator: ",") {
            let parts = pair.split(separator: " ", omittingEmptySubsequences: true)
            guard let key = parts.first.map(String.init), parts.count <= 2 else {
                _ = check("#upload-metadata") { () throws(Violation) -> Void in
                    throw Violation(code: "bad-format", detail: "must be pairs of a key and a value in base64")
                }
                continue
            }
            let value = check(pointer(key)) { () throws(Violation) -> String in
                try Self.decoded(parts.count == 2 ? parts[1] : "")
            }
            if let value, values.updateValue(value, forKey: key) != nil {
                _ = check(pointer(key)) { () throws(Violation) -> Void in
                    throw Violation(code: "duplicate-field", detail: "must be there once")
                }
            }
        }
        try check.done()
    }

    /// `filename` and `contentType` are what other fields said, for those who do not say it here.
    ///
    /// Fails: `platform.invalid-input` with everything that is not acceptable.
    func newUpload(
        size: Int64, filename other: Filename? = nil, contentType otherType: ContentType? = nil
    ) throws(Failure) -> NewUpload {
        var check = Validation()
        let filename =
            values["filename"].map { text in
                check(pointer("filename")) { () throws(Violation) in try Filename(text) }
            } ?? other
        let type = values["filetype"].flatMap { text in
            text.isEmpty ? nil : check(pointer("filetype")) { () throws(Violation) in try ContentType(text) }
        }
        let title = check(pointer("title")) { () throws(Violation) in
            try values["title"].map { text throws(Violation) in try Title(text) } ?? Title(from: filename)
        }
        let description = values["description"].flatMap { text in
            check(pointer("description")) { () throws(Violation) in try Description(text) }
        }
        let visibility = values["visibility"].flatMap { text in
            check(pointer("visibility")) { () throws(Violation) in try Visibility(text) }
        }
        try check.done()
        guard let title else { throw .invalid([]) }
        return NewUpload(
            size: size,
            details: VideoDetails(
                title: title, description: description ?? .none, tags: .none, visibility: visibility ?? .private),
            contentType: type ?? otherType ?? .unknown, filename: filename, metadata: raw)
    }

    private static func decoded(_ base64: Substring) throws(Violation) -> String {
        guard let data = Data(base64Encoded: String(base64)) else {
            throw Violation(code: "bad-format", detail: "must be base64")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Violation(code: "invalid-text", detail: "must be UTF-8")
        }
        return text
    }
}

/// Names a key of the metadata in a problem.
private func pointer(_ key: String) -> String {
    "#upload-metadata/\(key.prefix(64))"
}
