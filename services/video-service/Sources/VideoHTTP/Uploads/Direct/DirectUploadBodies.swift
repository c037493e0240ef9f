import DomainKit
import HTTPKit
import VideoDomain

/// `POST /v1/uploads/multipart`.
struct NewDirectUploadBody: Decodable {
    private enum CodingKeys: String, CodingKey {
        case filename, size, title, description, tags, visibility
        case contentType = "content_type"
    }

    let filename: String
    let contentType: String
    let size: Int64
    let title: String
    let description: String?
    let tags: [String]?
    let visibility: String

    func checked() throws(Failure) -> NewUpload {
        var check = Validation()
        let filename = check("/filename") { () throws(Violation) in try Filename(self.filename) }
        let type = check("/content_type") { () throws(Violation) in try ContentType(self.contentType) }
        let size = check("/size") { () throws(Violation) in
            guard self.size >= 1 else { throw Violation(code: "out-of-range", detail: "must be at least 1") }
            return self.size
        }
        let title = check("/title") { () throws(Violation) in try Title(self.title) }
        let description = self.description.flatMap { text in
            check("/description") { () throws(Violation) in try Description(text) }
        }
        let tags = self.tags.flatMap { texts in check("/tags") { () throws(Violation) in try Tags(texts) } }
        let visibility = check("/visibility") { () throws(Violation) in try Visibility(self.visibility) }
        try check.done()
        guard let filename, let type, let size, let title, let visibility else { throw .invalid([]) }
        return NewUpload(
            size: size,
            details: VideoDetails(
                title: title, description: description ?? .none, tags: tags ?? .none, visibility: visibility),
            contentType: type, filename: filename, metadata: nil)
    }
}

/// `POST /v1/uploads/{id}/parts`.
struct PartNumbersBody: Decodable {
    static let most = 1_000

    let numbers: [Int]

    func checked() throws(Failure) -> [Int] {
        guard (1...Self.most).contains(numbers.count) else {
            throw .invalid([
                Violation(pointer: "/numbers", code: "out-of-range", detail: "must have 1 to \(Self.most) items")
            ])
        }
        return numbers
    }
}

/// `POST /v1/uploads/{id}/complete`.
struct CompletionBody: Decodable {
    struct Part: Decodable {
        let number: Int
        let etag: String
    }

    let parts: [Part]
    let sha256: String?

    func checked() throws(Failure) -> (parts: [ToldPart], sha256: String?) {
        var check = Validation()
        _ = check("/sha256") { () throws(Violation) in
            guard let sha256 else { return }
            let isHex = sha256.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
            guard isHex, sha256.utf8.count == 64 else {
                throw Violation(code: "bad-format", detail: "must be 64 hexadecimal digits in lower case")
            }
        }
        try check.done()
        return (parts.map { ToldPart(number: $0.number, etag: $0.etag) }, sha256)
    }
}

/// A new upload in parts on the wire.
struct DirectUploadBody: JSONWritable {
    let upload: Upload
    let plan: PartPlan

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("upload_id", upload.id)
            $0.member("video_id", upload.videoID)
            $0.member("part_size", plan.partSize)
            $0.member("part_count", plan.count)
            $0.member("expires_at", upload.expiresAt)
        }
    }
}

/// Where parts are put, on the wire.
struct PartLinksBody: JSONWritable {
    let links: [PartLink]

    func write(to json: inout JSONWriter) {
        json.object { $0.member("parts", links.map(PartLinkBody.init)) }
    }
}

private struct PartLinkBody: JSONWritable {
    let link: PartLink

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("number", link.number)
            $0.member("url", link.url)
            $0.member("headers", link.headers)
            $0.member("expires_at", link.expiresAt)
        }
    }
}

/// A stored part on the wire.
struct MediaPartBody: JSONWritable {
    let part: MediaPart

    init(_ part: MediaPart) {
        self.part = part
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("number", part.number)
            $0.member("etag", part.etag)
            $0.member("size", part.size)
        }
    }
}
