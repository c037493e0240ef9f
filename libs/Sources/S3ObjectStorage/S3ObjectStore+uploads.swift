import Encodings
public import Foundation
import NIOHTTP1
public import ObjectStorage

extension S3ObjectStore: ObjectUploading {
    /// A begin whose answer was lost leaves an upload that nobody knows; `uploads` lists it.
    public func begin(_ key: ObjectKey) async throws -> ObjectUpload {
        let answer = try await client.answer(to: S3Call("begin", .POST, key, query: [("uploads", "")]))
        return try answer.read("InitiateMultipartUpload") { root in
            let upload = ObjectUpload(key: key, id: try root.required("UploadId"))
            guard upload.isWellFormed else { throw UnreadableXML(reason: "an UploadId that is too long") }
            return upload
        }
    }

    public func abort(_ upload: ObjectUpload) async throws {
        guard upload.isWellFormed else { return }
        do {
            _ = try await client.answer(to: S3Call("abort", .DELETE, of: upload, query: [upload.query]))
        } catch ObjectStoreError.uploadNotFound {}
    }

    public func uploads(begunBefore date: Date, after mark: String?) async throws -> ObjectPage<ObjectUpload> {
        var query = [("encoding-type", "url"), ("max-uploads", "1000"), ("uploads", "")]
        if let mark {
            guard let (key, id) = UploadMark.read(mark) else { return ObjectPage(items: [], next: nil) }
            query += [("key-marker", key), ("upload-id-marker", id)]
        }
        var call = S3Call("list_uploads", .GET, query: query)
        // What rclone says of a bucket that has had no upload since it began.
        call.meansNone = "NoSuchUpload"
        let answer: S3Answer
        do { answer = try await client.answer(to: call) } catch is S3None { return ObjectPage(items: [], next: nil) }
        return try answer.read("ListMultipartUploads") { root in
            var uploads: [ObjectUpload] = []
            for entry in root.all("Upload") {
                guard let begun = xmlTime(try entry.required("Initiated")) else {
                    throw UnreadableXML(reason: "an upload without a time")
                }
                guard begun < date, let key = ObjectKey(try root.key(try entry.required("Key"))) else { continue }
                uploads.append(ObjectUpload(key: key, id: try entry.required("UploadId")))
            }
            guard try root.flag("IsTruncated") else { return ObjectPage(items: uploads, next: nil) }
            let next = UploadMark.text(
                try root.key(try root.required("NextKeyMarker")), try root.required("NextUploadIdMarker"))
            return ObjectPage(items: uploads, next: next == mark ? nil : next)
        }
    }
}

extension ObjectUpload {
    /// Whether a store can have made it.
    var isWellFormed: Bool { (1...1_024).contains(id.utf8.count) }

    var query: (String, String) { ("uploadId", id) }
}

/// Where a page of uploads ended: a key and an id of any characters.
private enum UploadMark {
    static func text(_ key: String, _ id: String) -> String {
        "\(Base64URL.encode(key.utf8)).\(Base64URL.encode(id.utf8))"
    }

    static func read(_ text: String) -> (key: String, id: String)? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).compactMap { part in
            Base64URL.decode(part).flatMap { String(validating: $0, as: UTF8.self) }
        }
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }
}
