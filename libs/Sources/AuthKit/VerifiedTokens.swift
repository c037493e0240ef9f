import Crypto
import Foundation
import Synchronization

/// Tokens whose signature was found good, so that the next request with one costs a hash and a look-up.
///
/// Bounded: each shard holds two generations; when the young one is full the old one is dropped and they change
/// places, so tokens in use stay and the others go. A digest is kept, never the token.
final class VerifiedTokens: Sendable {
    struct Entry {
        var principal: Principal
        var keyGeneration: Int
    }

    private let shards: [Shard]

    init(capacity: Int) {
        shards = (0..<16).map { _ in Shard(half: max(1, capacity / 32)) }
    }

    func entry(for digest: TokenDigest) -> Entry? {
        shards[digest.shard].table.withLock { $0.entry(for: digest) }
    }

    func insert(_ entry: Entry, for digest: TokenDigest) {
        shards[digest.shard].table.withLock { $0.insert(entry, for: digest) }
    }

    func remove(_ digest: TokenDigest) {
        shards[digest.shard].table.withLock { $0.remove(digest) }
    }

    var count: Int {
        shards.reduce(0) { sum, shard in sum + shard.table.withLock { $0.young.count + $0.old.count } }
    }

    private final class Shard: Sendable {
        let table: Mutex<Table>

        init(half: Int) {
            table = Mutex(Table(half: half))
        }
    }

    private struct Table {
        var young: [TokenDigest: Entry] = [:]
        var old: [TokenDigest: Entry] = [:]
        let half: Int

        init(half: Int) {
            self.half = half
        }

        mutating func entry(for digest: TokenDigest) -> Entry? {
            if let entry = young[digest] { return entry }
            guard let entry = old.removeValue(forKey: digest) else { return nil }
            insert(entry, for: digest)
            return entry
        }

        mutating func insert(_ entry: Entry, for digest: TokenDigest) {
            if young.count >= half {
                old = young
                young = [:]
            }
            young[digest] = entry
        }

        mutating func remove(_ digest: TokenDigest) {
            young[digest] = nil
            old[digest] = nil
        }
    }
}

/// SHA-256 of a token.
struct TokenDigest: Hashable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    init(_ token: String) {
        var token = token
        let digest = token.withUTF8 { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
        words = digest.withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
    }

    var shard: Int { Int(words.3 & 15) }

    static func == (left: TokenDigest, right: TokenDigest) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}
