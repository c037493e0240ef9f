import DataExports
import Foundation
import IdentityEvents
import Logging
import Synchronization
import Testing

/// user-service, as far as it knows how far a service has come.
final class TestExportFeed: DataExportFeed {
    private struct State {
        var given: [UUID: [ExportPiece]] = [:]
        var accounts: [UUID: UUID] = [:]
        var isAway = false
        var losesAnswers = false
    }

    private let state = Mutex(State())

    func given(to export: UUID) -> [ExportPiece] { state.withLock { $0.given[export] ?? [] } }
    func set(isAway: Bool = false, losesAnswers: Bool = false) {
        state.withLock { ($0.isAway, $0.losesAnswers) = (isAway, losesAnswers) }
    }

    @discardableResult
    func ask(_ export: UUID = UUID(), of account: UUID = UUID()) -> UUID {
        state.withLock { $0.accounts[export] = account }
        return export
    }

    struct Away: Error {}

    func exports() async throws -> [ExportTask] {
        try state.withLock { state in
            if state.isAway { throw Away() }
            return state.accounts.compactMap { export, account in
                let given = state.given[export] ?? []
                if let last = given.last, last.place == nil { return nil }
                return ExportTask(id: export, userID: account, next: given.count, place: given.last?.place)
            }
        }
    }

    func give(_ piece: ExportPiece, number: Int, to export: UUID) async throws {
        try state.withLock { state in
            if state.isAway { throw Away() }
            if state.given[export, default: []].count == number { state.given[export, default: []].append(piece) }
            if state.losesAnswers { throw Away() }
        }
    }
}

/// Three pieces of every account, but for those that it cannot read.
struct ThreePieces: AccountExporter {
    struct Unreadable: Error {}
    var unreadable: Set<UUID> = []

    func piece(of account: UUID, from place: String?) async throws -> ExportPiece {
        if unreadable.contains(account) { throw Unreadable() }
        let number = place.flatMap { Int($0) } ?? 0
        return ExportPiece(
            kind: "things", content: Data("[\(number)]\n".utf8), place: number == 2 ? nil : "\(number + 1)")
    }
}

@Suite struct DataExportFollowerTests {
    let feed = TestExportFeed()

    func follower(_ exporter: ThreePieces = ThreePieces()) -> DataExportFollower {
        DataExportFollower(feed: feed, exporter: exporter, logger: Logger(label: "test"))
    }

    func contents(_ export: UUID) -> [String] {
        feed.given(to: export).map { String(decoding: $0.content, as: UTF8.self) }
    }

    @Test func `whoever comes next goes on with the piece that is missing`() async throws {
        let export = feed.ask()
        #expect(try await follower().work())
        #expect(contents(export) == ["[0]\n"])
        // The answer is lost, and whoever gave the piece dies with it.
        feed.set(losesAnswers: true)
        #expect(try await follower().work() == false)
        feed.set()
        #expect(try await follower().work())
        #expect(try await follower().work() == false)
        #expect(contents(export) == ["[0]\n", "[1]\n", "[2]\n"])
    }

    @Test func `an account that cannot be read keeps no other from its piece`() async throws {
        let account = UUID()
        let (broken, export) = (feed.ask(of: account), feed.ask())
        let follower = follower(ThreePieces(unreadable: [account]))
        while try await follower.work() {}
        #expect(contents(export).count == 3 && contents(broken).isEmpty)
    }

    @Test func `while user-service is away nothing is lost`() async throws {
        let export = feed.ask()
        feed.set(isAway: true)
        await #expect(throws: TestExportFeed.Away.self) { try await follower().work() }
        feed.set()
        while try await follower().work() {}
        #expect(contents(export).count == 3)
    }
}

@Suite struct ExportPieceTests {
    @Test func `a piece is full at a mebibyte, and says which row it ended with`() throws {
        let row = "\"" + String(repeating: "x", count: 100_000) + "\""
        let rows = (0..<ExportPiece.rowsAtATime).map { (json: row, place: "things \($0)") }
        let piece = ExportPiece("things", rows: rows, next: "others")
        #expect(piece.place == "things 10" && piece.content.count <= ExportPiece.largest)
        let read = try JSONSerialization.jsonObject(with: piece.content) as? [String]
        #expect(read?.count == 11)
    }

    @Test func `there is more behind as many rows as are looked for, and else what comes next`() {
        let rows = (0..<ExportPiece.rowsAtATime).map { (json: "\($0)", place: "things \($0)") }
        #expect(ExportPiece("things", rows: rows, next: "others").place == "things 999")
        #expect(ExportPiece("things", rows: Array(rows.dropLast()), next: "others").place == "others")
        #expect(ExportPiece("things", rows: Array(rows.dropLast()), next: nil).place == nil)
        let none = ExportPiece("things", rows: [], next: nil)
        #expect(none.content == Data("[]\n".utf8) && none.place == nil)
    }

    @Test(
        arguments: [
            ("a", "a", nil), ("a b c", "a", "b c"), ("", "", nil), (" a", "a", nil),
        ] as [(String, String, String?)])
    func `a place is a kind and a key`(text: String, kind: String, key: String?) {
        let place = ExportPlace(text)
        #expect(place.kind == kind && place.key == key)
    }
}
