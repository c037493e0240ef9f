import Foundation
import SealedSecrets

// The page in Sources/SealedSecrets/README.md, from the next line to the end.
/// Notes that whoever steals the database cannot read, nor give to somebody else.
struct Notebook {
    let keys: SealingKeyRing
    private var rows: [String: Data] = [:]

    /// From a setting: `2026-11:<base64 of 32 bytes> 2026-05:<...>`, the newest first.
    init(setting: String, rows: [String: Data] = [:]) throws(UnusableKeyRing) {
        keys = try SealingKeyRing(setting: setting)
        self.rows = rows
    }

    mutating func write(_ note: String, for owner: String) throws {
        rows[owner] = try keys.seal(Data(note.utf8), in: SealedPlace(purpose: "note", owner: owner))
    }

    func read(for owner: String) throws(CannotOpen) -> String? {
        guard let sealed = rows[owner] else { return nil }
        return String(decoding: try keys.open(sealed, in: SealedPlace(purpose: "note", owner: owner)), as: UTF8.self)
    }

    /// What a rotation does at leisure, row by row. When it answers 0 the older keys can go.
    mutating func renew(atMost count: Int) throws -> Int {
        let stale = rows.filter { !keys.isSealedByNewest($0.value) }
        for owner in stale.keys.prefix(count) {
            if let note = try read(for: owner) { try write(note, for: owner) }
        }
        return stale.count - min(count, stale.count)
    }

    /// As a store gives them back.
    var kept: [String: Data] { rows }
}
