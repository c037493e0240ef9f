import Foundation
import IdentityEvents

/// The mark of a beat: something of its own, and when it was made, in milliseconds by the database and by the server that
/// carries it: `9F1C...@1750000000125/1750000000127`. To readers of before that is one word, another one each time.
enum BeatMark {
    /// All but the server's time, which the server adds itself.
    static func prefix(at database: Date?) -> String {
        "\(UUID().uuidString)@\(database.map { "\(Int64(($0.timeIntervalSince1970 * 1_000).rounded()))" } ?? "-")/"
    }

    /// What both clocks say when the server's says `now` seconds: the database's is as much further as the server's is.
    static func witnesses(_ mark: String, at now: TimeInterval) -> WitnessedClocks {
        let stream = Date(timeIntervalSince1970: now)
        let times = mark.split(separator: "@", maxSplits: 1).dropFirst().first?
            .split(separator: "/").compactMap { Int64($0) }
        guard let times, times.count == 2 else { return WitnessedClocks(stream: stream, database: nil) }
        let age = now - Double(times[1]) / 1_000
        let database = Date(timeIntervalSince1970: Double(times[0]) / 1_000 + age)
        return WitnessedClocks(stream: stream, database: database)
    }
}
