import Caching
import Crypto
import Foundation
import Synchronization

/// Tokens whose signature was found good, so that the next request with one costs a hash and a look-up.
///
/// Bounded, and in shards, so that requests do not wait for one another. A digest is kept, never the token.
final class VerifiedTokens: Sendable {
    struct Entry {
        var holder: TokenHolder
        var keyGeneration: Int
    }

    private let shards: [Shard]

    init(capacity: Int) {
        shards = (0..<16).map { _ in Shard(capacity: capacity / 16) }
    }

    func entry(for digest: TokenDigest) -> Entry? {
        shards[digest.shard].table.withLock { $0.value(for: digest) }
    }

    func insert(_ entry: Entry, for digest: TokenDigest) {
        shards[digest.shard].table.withLock { $0.insert(entry, for: digest) }
    }

    func remove(_ digest: TokenDigest) {
        shards[digest.shard].table.withLock { $0.remove(digest) }
    }

    var count: Int {
        shards.reduce(0) { sum, shard in sum + shard.table.withLock { $0.count } }
    }

    private final class Shard: Sendable {
        let table: Mutex<RecentlyUsed<TokenDigest, Entry>>

        init(capacity: Int) {
            table = Mutex(RecentlyUsed(capacity: capacity))
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
