import AsyncHTTPClient
import Encodings
import Foundation
import NIOCore
import NIOHTTP1
import ObjectStorage

/// A success, read whole.
struct S3Answer: Sendable {
    let headers: HTTPHeaders
    /// Nil for an answer without a body.
    let root: XMLElement?

    /// Fails: `S3Fault`, for an error inside of it and for what cannot be read.
    init(_ response: HTTPClientResponse, _ body: ByteBuffer) throws {
        headers = response.headers
        guard body.readableBytes > 0 else {
            root = nil
            return
        }
        do {
            let root = try XMLReader.read(Array(body.readableBytesView))
            if let refusal = S3Refusal(root, status: Int(response.status.code)) { throw S3Fault.refused(refusal) }
            self.root = root
        } catch let error as UnreadableXML {
            throw S3Fault.noAnswer("it cannot be read: \(error.reason)")
        }
    }

    /// What `read` makes of the root, whose name begins with that: `ListParts` is `ListPartsResult` at S3, and at others with
    /// another end. Fails: `unavailable` when it does not, or misses something.
    func read<Value>(_ name: String, _ read: (XMLElement) throws -> Value) throws -> Value {
        do {
            guard let root, root.name.hasPrefix(name) else { throw UnreadableXML(reason: "no \(name)") }
            return try read(root)
        } catch let error as UnreadableXML {
            throw ObjectStoreError.unavailable(reason: "the store's answer cannot be read: \(error.reason)")
        }
    }
}

/// What fields of an answer say. Fails: `unavailable` when it is not there or nothing that can be used.
extension HTTPHeaders {
    func etag() throws(ObjectStoreError) -> String {
        guard let etag = first(name: "ETag").flatMap(bareETag) else { throw .unavailable(reason: "no ETag came") }
        return etag
    }

    func info(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo {
        guard let size = first(name: "Content-Length").flatMap(wholeNumber),
            let modified = first(name: "Last-Modified").flatMap({ HTTPDate.date(from: $0) })
        else { throw .unavailable(reason: "no size or time of an object came") }
        return ObjectInfo(key: key, size: size, etag: try etag(), modified: modified)
    }

    /// Of `Content-Range: bytes 0-4/10`: 0, and 10.
    func contentRange() throws(ObjectStoreError) -> (start: Int64, size: Int64)? {
        guard let field = first(name: "Content-Range") else { return nil }
        let parts = field.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix("bytes "), let size = wholeNumber(parts[1]),
            let start = parts[0].dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).first
                .flatMap(wholeNumber)
        else { throw .unavailable(reason: "a range came that is none") }
        return (start, size)
    }
}

/// Without quotes; nil when it is nothing to send back.
func bareETag(_ text: String) -> String? {
    // Whatever a quote and a mark behind it count as here, nothing but ASCII passes the check that follows.
    let bare =
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
    guard (1...1_024).contains(bare.utf8.count), bare.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x22 })
    else { return nil }
    return bare
}

/// Digits alone.
func wholeNumber(_ text: some StringProtocol) -> Int64? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
}

/// A time as stores write it in XML; some write fractions of a second.
func xmlTime(_ text: String) -> Date? {
    (try? Date(text, strategy: .iso8601))
        ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
}
