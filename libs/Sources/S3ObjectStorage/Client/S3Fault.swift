import AWSSigning
import AsyncHTTPClient
import Encodings
import Foundation
import NIOCore
import NIOHTTP1
import ObjectStorage

/// Why a request did not bring what it was to bring.
enum S3Fault: Error {
    case refused(S3Refusal)
    /// No answer, or none that came whole or can be read. What was asked for may have happened.
    case noAnswer(String)
    case noCredentials(NoAWSCredentials)

    /// Whether the same request may well succeed later.
    var passes: Bool {
        switch self {
        case .refused(let refusal): refusal.passes
        case .noAnswer, .noCredentials: true
        }
    }

    /// In metrics.
    var kind: String {
        switch self {
        case .refused(let refusal): refusal.code.isEmpty ? "\(refusal.status)" : refusal.code
        case .noAnswer: "no_answer"
        case .noCredentials: "no_credentials"
        }
    }

    func error(of call: S3Call, in bucket: String) -> ObjectStoreError {
        switch self {
        case .refused(let refusal): refusal.error(of: call, in: bucket)
        case .noAnswer(let reason): .unavailable(reason: "no answer from the store: \(reason)")
        case .noCredentials(let error): .unavailable(reason: error.description)
        }
    }
}

/// An answer that is no success, or an error within one.
struct S3Refusal: Sendable, Equatable {
    /// "List of error codes" in the API reference; letters and digits, empty when the answer has none.
    let code: String
    let status: Int
    /// The store's time where it says it.
    var time: Date?

    private static let largest = 65_536

    /// Reads the answer's body, if it has one: of HEAD there is none.
    init(_ response: HTTPClientResponse) async {
        status = Int(response.status.code)
        time = response.headers.first(name: "Date").flatMap { HTTPDate.date(from: $0) }
        let bytes = try? await response.body.collect(upTo: Self.largest)
        let root = bytes.flatMap { try? XMLReader.read(Array($0.readableBytesView)) }
        code = root.map(Self.code) ?? ""
    }

    /// Nil for a root that says something else.
    init?(_ root: XMLElement, status: Int) {
        guard root.name == "Error" else { return nil }
        self.status = status
        code = Self.code(root)
    }

    private static func code(_ root: XMLElement) -> String {
        let code = (try? root.text("Code")) ?? ""
        return String(
            code.unicodeScalars.filter { $0.isASCII && $0.properties.isAlphabetic }.prefix(64).map(Character.init))
    }

    /// Whether it is for our time, which was `now`. An answer to HEAD does not say so.
    func isOfTime(_ now: Date) -> Bool {
        if code == "RequestTimeTooSkewed" { return true }
        guard status == 403, code.isEmpty, let time else { return false }
        return time.timeIntervalSince(now).magnitude > 300
    }

    /// What was asked, or how, is nothing that this store does.
    var isOfUnknownRequest: Bool { status == 501 || code == "NotImplemented" }

    var passes: Bool {
        switch code {
        case "SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "Throttling",
            "ThrottlingException", "RequestLimitExceeded", "BandwidthLimitExceeded", "OperationAborted", "Busy",
            "ConditionalRequestConflict",
            // What left us was whole.
            "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody",
            // The next one asks for credentials anew.
            "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired":
            true
        case "NotImplemented", "XMinioStorageFull", "QuotaExceeded": false
        default: status == 429 || [500, 502, 503, 504].contains(status)
        }
    }

    func error(of call: S3Call, in bucket: String) -> ObjectStoreError {
        switch code {
        case "NoSuchUpload": if let upload = call.upload { return .uploadNotFound(upload) }
        case "NoSuchBucket": return Self.noBucket(bucket)
        case "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "EntityTooLarge":
            return .badPart(number: 0, reason: "is refused by the store: \(code)")
        case "XMinioStorageFull", "QuotaExceeded": return .outOfSpace
        default: break
        }
        switch (status, call.key) {
        case (404, nil): return Self.noBucket(bucket)
        case (404, let key?) where code == "NoSuchKey" || code.isEmpty: return .objectNotFound(key)
        case (412, let key?): return .objectChanged(key)
        case (416, _): return .rangeNotSatisfiable(size: 0)
        case (507, _): return .outOfSpace
        default: return .unavailable(reason: "the store refuses it: \(status) \(code)")
        }
    }

    private static func noBucket(_ name: String) -> ObjectStoreError {
        .unavailable(reason: "there is no bucket \(name)")
    }
}
