import Crypto
import DomainKit
import Encodings
public import Foundation
import UserDomain

/// Where the audit trail ends, or ended once: the number of a line and its hash. `17:0f3a...`
public struct AuditHead: Sendable, Hashable {
    public let seq: Int64
    public let hash: Data

    /// Before the first line.
    static let beginning = AuditHead(seq: 0, hash: Data(count: SHA256.byteCount))

    public init(seq: Int64, hash: Data) {
        self.seq = seq
        self.hash = hash
    }

    /// The head with one more line, or what it should be.
    func following(_ line: AuditRecord) -> AuditHead {
        var hash = SHA256()
        hash.update(data: self.hash)
        hash.update(data: Self.text(of: line))
        return AuditHead(seq: line.seq, hash: Data(hash.finalize()))
    }

    /// Of what is left of a line that lost its words; the migrations' `remove_audit_names` makes the same.
    static func digest(ofRest line: AuditRecord) -> String {
        Hexadecimal.encode(Data(SHA256.hash(data: text(of: line))))
    }

    /// What the hash is over; the migrations' `audit_text` makes the same: each value with its length in bytes before it. A line
    /// that names no actor has none there either, as those that were written before there was one.
    private static func text(of line: AuditRecord) -> Data {
        let values: [String?] =
            [
                "hiroba-audit-1", String(line.seq), line.id.lowercased, String(microseconds(of: line.at)),
                line.actorID?.description, line.subjectID?.description, line.action.rawValue, line.reason,
                line.requestID,
                line.before, line.after,
            ] + (line.actor.map { [$0.rawValue] } ?? [])
        return values.reduce(into: Data()) { text, value in
            text.append(contentsOf: (value.map { "\($0.utf8.count):\($0);" } ?? "-;").utf8)
        }
    }

    /// Since 1970, as the database has them; some number for a time that nobody wrote.
    private static func microseconds(of date: Date) -> Int64 {
        Int64(exactly: (date.timeIntervalSince1970 * 1_000_000).rounded()) ?? .min
    }
}

extension AuditHead: LosslessStringConvertible {
    /// Reads what `description` wrote; the hash in either case.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let seq = Int64(parts[0]), seq >= 0, String(seq) == parts[0] else { return nil }
        let digits = parts[1].utf8.compactMap(Hexadecimal.value)
        guard digits.count == parts[1].utf8.count, digits.count == SHA256.byteCount * 2 else { return nil }
        self.init(
            seq: seq, hash: Data(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }))
    }

    public var description: String { "\(seq):\(Hexadecimal.encode(hash))" }
}
