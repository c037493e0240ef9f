import DomainKit
public import Foundation
public import VideoDomain

/// Notes on bytes nobody needs, and whose turn it is to sweep.
extension InMemoryLibrary {
    public func oldest(_ limit: Int) throws -> [AbandonedMedia] {
        try reach()
        let due = notes.filter { (dueAt[$0.id] ?? .distantPast) <= clock.now }
        return Array(
            due.sorted { (dueAt[$0.id] ?? .distantPast, $0.id) < (dueAt[$1.id] ?? .distantPast, $1.id) }.prefix(limit))
    }

    public func postpone(_ id: Int64, for pause: Duration) throws {
        try reach()
        dueAt[id] = clock.now + pause / .seconds(1)
    }

    public func forget(_ id: Int64) throws {
        try reach()
        notes.removeAll { $0.id == id }
    }

    public func unknown(among candidates: [MediaUpload]) throws -> [MediaUpload] {
        try reach()
        let known = Set(uploads.values.map(\.media.id))
        return candidates.filter { !known.contains($0.id) }
    }

    public func take(_ holder: UUID, for life: Duration) throws -> Bool {
        try reach()
        if let turn, turn.token != holder, turn.until > clock.now { return false }
        turn = Held(token: holder, until: clock.now + life / .seconds(1))
        return true
    }

    public func giveBack(_ holder: UUID) throws {
        try reach()
        if turn?.token == holder { turn = nil }
    }
}
