import DomainKit
import Foundation
public import Postgres
import StorageKit
import UserDomain

/// Reads the whole audit trail and says where it is no longer what was written.
///
/// Who can write the database can write a whole trail anew; that is seen by heads that were kept elsewhere, as in the log.
public struct AuditVerifier: Sendable {
    /// The first thing that is wrong.
    public enum Flaw: Error, Sendable, Hashable {
        case changed(seq: Int64)
        case missing(seq: Int64)
        /// The lines hold together, and are not those that were there when the head was kept: some line after `after` (as
        /// far as an earlier head vouches for it) is another one.
        case rewritten(after: Int64, upTo: Int64)
        /// The row that tells where the trail ends is gone, or tells of another end.
        case headChanged(seq: Int64)
    }

    private let database: PostgresClient
    private let batch: Int

    public init(database: PostgresClient, batch: Int = 1_000) {
        self.database = database
        self.batch = batch
    }

    /// Where the trail ends by the database's own account. Fails: unavailable.
    public func head() async throws -> AuditHead? {
        try await fromPostgres {
            try await database.first("SELECT seq, hash FROM audit_head").map { row in
                let (seq, hash) = try row.decode((Int64, Data).self)
                return AuditHead(seq: seq, hash: hash)
            }
        }
    }

    /// The end of an intact trail, with what is added while it is read.
    ///
    /// - Parameter kept: heads that were told earlier.
    ///
    /// Fails: `Flaw`; unavailable.
    public func verify(against kept: [AuditHead] = []) async throws -> AuditHead {
        var walk = Walk(kept: kept)
        while true {
            // A line and the head that tells of it come to light together: whatever the head tells of now is read then,
            // and it tells of all that was read before.
            let told = try await head()
            guard let told, told.seq >= walk.end.seq else { throw Flaw.headChanged(seq: walk.end.seq) }
            try await goToTheEnd(&walk)
            if try walk.isOver(told: told) { return walk.end }
        }
    }

    private func goToTheEnd(_ walk: inout Walk) async throws {
        while true {
            let lines = try await lines(after: walk.end.seq, isFirst: walk.end.seq == 0)
            for line in lines { try walk.go(over: line) }
            if lines.count < batch { return }
        }
    }

    /// The first time from the very first one, whatever its number.
    private func lines(after seq: Int64, isFirst: Bool) async throws -> [AuditRecord] {
        try await fromPostgres {
            try await database.query(
                """
                SELECT \(sql: AuditRow.columns) FROM audit_events a WHERE a.seq > \(isFirst ? Int64.min : seq)
                ORDER BY a.seq LIMIT \(batch)
                """
            ).map(AuditRow.read)
        }
    }
}

/// One way along the trail.
///
/// A line whose words were removed is taken at its word: its hash is vouched for by the next line's, and what is left of it by a
/// later one (`AuditAction.namesRemoved`).
private struct Walk {
    private(set) var end = AuditHead.beginning
    /// What is left of lines that nobody has vouched for yet, by their numbers.
    private var rests: [Int64: String] = [:]
    private var kept: [AuditHead]
    /// The last line that a kept head vouches for.
    private var vouched: Int64 = 0

    init(kept: [AuditHead]) {
        self.kept = kept.filter { $0.seq > 0 }.sorted { $0.seq < $1.seq }
    }

    mutating func go(over line: AuditRecord) throws(AuditVerifier.Flaw) {
        guard line.seq > end.seq else { throw .changed(seq: line.seq) }
        guard line.seq == end.seq + 1 else { throw .missing(seq: end.seq + 1) }
        if line.hasLostNames {
            guard line.reason == nil, line.before == nil, line.after == nil else { throw .changed(seq: line.seq) }
            rests[line.seq] = AuditHead.digest(ofRest: line)
            end = AuditHead(seq: line.seq, hash: line.hash)
        } else {
            let next = end.following(line)
            guard next.hash == line.hash else { throw .changed(seq: line.seq) }
            end = next
            if line.action == .namesRemoved { try vouch(line) }
        }
        while let head = kept.first, head.seq == end.seq {
            guard head == end else { throw .rewritten(after: vouched, upTo: head.seq) }
            vouched = head.seq
            kept.removeFirst()
        }
    }

    private mutating func vouch(_ line: AuditRecord) throws(AuditVerifier.Flaw) {
        for (seq, digest) in NamesRemoved(line).lines.sorted(by: { $0.key < $1.key }) {
            guard let rest = rests[seq] else { continue }
            guard rest == digest else { throw .changed(seq: seq) }
            rests[seq] = nil
        }
    }

    /// Whether the trail ends where the database told. Lines may have been added since.
    func isOver(told: AuditHead) throws(AuditVerifier.Flaw) -> Bool {
        guard told.seq <= end.seq, kept.isEmpty else { throw .missing(seq: end.seq + 1) }
        if let seq = rests.keys.min() { throw .changed(seq: seq) }
        if told.seq == end.seq, told != end { throw .headChanged(seq: end.seq) }
        return told.seq == end.seq
    }
}

extension AuditVerifier.Flaw: CustomStringConvertible {
    public var description: String {
        switch self {
        case .changed(let seq): "line \(seq) was changed"
        case .missing(let seq): "line \(seq) is missing"
        case .rewritten(let after, let upTo):
            "line \(after + 1) or one after it, up to \(upTo), is another one than when the head of \(upTo) was told"
        case .headChanged(let seq): "line \(seq) is the last one, and the database tells of another end"
        }
    }
}

/// What a line says of lines that lost their words: the digest of what is left, by number. Of what cannot be read, nothing.
private struct NamesRemoved {
    let lines: [Int64: String]

    init(_ line: AuditRecord) {
        let said = line.after.flatMap {
            try? JSONDecoder().decode([String: [String: String]].self, from: Data($0.utf8))
        }
        lines = (said?["lines"] ?? [:]).reduce(into: [:]) { lines, entry in
            if let seq = Int64(entry.key) { lines[seq] = entry.value }
        }
    }
}
