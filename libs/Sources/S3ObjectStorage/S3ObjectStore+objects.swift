import Crypto
import Encodings
import Foundation
public import NIOCore
import NIOHTTP1
public import ObjectStorage

extension S3ObjectStore: ObjectPutting {
    @discardableResult
    public func put(_ bytes: ByteBuffer, as key: ObjectKey) async throws -> String {
        let body = HeldBody([bytes])
        // S3 keeps it with the object; it is the hash that the signature covers.
        let checksum = Data(body.digest).base64EncodedString()
        let call = S3Call("put", .PUT, key, headers: [("x-amz-checksum-sha256", checksum)], body: .held(body))
        return try await client.answer(to: call).headers.etag()
    }
}

extension S3ObjectStore: ObjectRemoving {
    private static let mostRemoved = 1_000

    public func remove(_ keys: [ObjectKey]) async throws -> [ObjectKey: ObjectStoreError] {
        var left: [ObjectKey: ObjectStoreError] = [:]
        for start in stride(from: 0, to: keys.count, by: Self.mostRemoved) {
            let some = keys[start..<min(start + Self.mostRemoved, keys.count)]
            do {
                left.merge(try await removeAtOnce(some)) { $1 }
            } catch let error as ObjectStoreError where start > 0 {
                for key in some { left[key] = error }
            }
        }
        return left
    }

    private func removeAtOnce(_ keys: ArraySlice<ObjectKey>) async throws -> [ObjectKey: ObjectStoreError] {
        let list = keys.map { "<Object><Key>\($0)</Key></Object>" }.joined()
        let text = "<Delete xmlns=\"\(s3Namespace)\"><Quiet>true</Quiet>\(list)</Delete>"
        // Stores that are older than the checksums want this one.
        let digest = Data(Insecure.MD5.hash(data: Data(text.utf8))).base64EncodedString()
        let call = S3Call(
            "remove", .POST, query: [("delete", "")],
            headers: [("Content-MD5", digest), ("Content-Type", "application/xml")], body: .held(HeldBody(text)))
        return try await client.answer(to: call).read("Delete") { root in
            var left: [ObjectKey: ObjectStoreError] = [:]
            for error in root.all("Error") {
                guard let key = ObjectKey(try error.required("Key")) else { continue }
                let code = try error.required("Code")
                if code == "NoSuchKey" { continue }
                left[key] = .unavailable(reason: "the store does not remove it: \(code.prefix(64))")
            }
            return left
        }
    }
}

extension S3ObjectStore: ObjectListing {
    /// What others put into the bucket under names that are no keys here is passed over.
    public func objects(under prefix: String, after mark: String?, limit: Int) async throws -> ObjectPage<ObjectInfo> {
        var query = [
            ("encoding-type", "url"), ("list-type", "2"), ("max-keys", "\(min(max(limit, 1), 1_000))"),
            ("prefix", prefix),
        ]
        // The key itself and no token: a page can be asked for at any time, of any replica.
        if let mark { query.append(("start-after", mark)) }
        let answer = try await client.answer(to: S3Call("list", .GET, query: query))
        return try answer.read("ListBucket") { root in
            var (items, last): ([ObjectInfo], String?) = ([], nil)
            for entry in root.all("Contents") {
                let name = try root.key(try entry.required("Key"))
                last = name
                guard let key = ObjectKey(name) else { continue }
                items.append(try entry.info(key))
            }
            return ObjectPage(items: items, next: try root.flag("IsTruncated") && last != mark ? last : nil)
        }
    }
}

let s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

extension XMLElement {
    /// A key in a list that was asked for in URL encoding, in which a store may not have written it.
    func key(_ text: String) throws(UnreadableXML) -> String {
        guard try self.text("EncodingType") == "url" else { return text }
        guard let key = text.replacing("+", with: " ").removingPercentEncoding else {
            throw UnreadableXML(reason: "a key that is not encoded")
        }
        return key
    }

    fileprivate func info(_ key: ObjectKey) throws(UnreadableXML) -> ObjectInfo {
        guard let etag = bareETag(try required("ETag")), let modified = xmlTime(try required("LastModified")) else {
            throw UnreadableXML(reason: "an object without an ETag or a time")
        }
        return ObjectInfo(key: key, size: try count("Size"), etag: etag, modified: modified)
    }
}
