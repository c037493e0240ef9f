import ChatDomain
import DomainKit
import NIOCore
import WebSocketKit

/// One of a room's orders on one event loop: numbers 1, 2, 3, ..., each handed out once and after the one before.
///
/// They may come late, early or not at all. What is next is handed out; what was handed out is dropped; what comes too
/// early waits, and when those before it do not come in time they are read from the store.
// @unchecked: touched on its loop only; tasks just carry it back there.
final class RoomOrder: @unchecked Sendable {
    /// Something with a place in the order, as it goes to the sockets.
    struct Entry: Sendable {
        let number: Int64
        let frame: EncodedFrame
        /// Of a change: the message that has to be handed out before.
        var messageSeq: Int64 = 0
        /// Of a change: who is not in the room from then on.
        var departed: UserID?
    }

    /// Those after the first number and, as far as there are, up to the second.
    typealias Reader = @Sendable (_ after: Int64, _ upTo: Int64) async throws(Failure) -> [Entry]

    /// What may wait in memory; anything beyond is read when its turn comes.
    private static let mostHeld = 1_024

    private unowned let loop: LiveLoop
    private let read: Reader
    /// False when it is too early for one; `resume` is called later.
    private let isTime: (Entry) -> Bool
    private let handOut: (Entry) -> Void
    /// The last that was handed out; nil until the first subscription knows where the store stands.
    private(set) var last: Int64?
    /// As far as the store is known to go.
    private var reached: Int64 = 0
    private var held: [Int64: Entry] = [:]
    private var isReading = false
    private var isEnded = false
    /// Called when the store had less than was said.
    var ranDry: () -> Void = {}

    init(
        loop: LiveLoop, read: @escaping Reader, isTime: @escaping (Entry) -> Bool = { _ in true },
        handOut: @escaping (Entry) -> Void
    ) {
        self.loop = loop
        self.read = read
        self.isTime = isTime
        self.handOut = handOut
    }

    /// The store stood at `number` when the first subscription was let in; later ones find the room under way.
    func start(at number: Int64) {
        guard last == nil else { return }
        last = number
        resume()
        readIfNeeded(after: loop.hub.settings.gapPatience)
    }

    func received(_ entry: Entry) {
        // What is handed out may put out the last who listened, and the room with them.
        guard !isEnded else { return }
        guard let last else { return hold(entry) }
        if entry.number == last + 1, isTime(entry) {
            self.last = entry.number
            handOut(entry)
            if !held.isEmpty { resume() }
        } else if entry.number > last {
            hold(entry)
            readIfNeeded(after: loop.hub.settings.gapPatience)
        }
    }

    func received(reached number: Int64) {
        reached = max(reached, number)
        readIfNeeded(after: loop.hub.settings.gapPatience)
    }

    /// Nobody listens any more.
    func end() {
        isEnded = true
        held = [:]
    }

    /// Hands out what waits and whose turn it is.
    func resume() {
        guard !isEnded, let last, !held.isEmpty else { return }
        if let oldest = held.keys.min(), oldest <= last { held = held.filter { $0.key > last } }
        while !isEnded, let next = self.last.map({ $0 + 1 }), let entry = held[next], isTime(entry) {
            held[next] = nil
            self.last = next
            handOut(entry)
        }
    }

    /// What waits may be wrong: it is read anew.
    func doubtHeld() {
        guard !held.isEmpty else { return }
        held = [:]
        readIfNeeded(after: loop.hub.settings.gapPatience)
    }

    private func hold(_ entry: Entry) {
        reached = max(reached, entry.number)
        if held.count < Self.mostHeld { held[entry.number] = entry }
    }
}

// MARK: - What did not come

extension RoomOrder {
    private func readIfNeeded(after patience: Duration) {
        guard let last, reached > last, !isReading else { return }
        isReading = true
        loop.eventLoop.scheduleTask(in: TimeAmount(patience)) { self.readOn() }
    }

    private func readOn() {
        // What is here and has to wait for something else is not missing.
        guard !isEnded, let last, reached > last, held[last + 1] == nil else {
            isReading = false
            return
        }
        loop.hub.metrics.filledGap()
        let (read, reached, loop) = (read, reached, loop)
        Task {
            let result: Result<[Entry], Failure>
            do throws(Failure) {
                result = .success(try await read(last, reached))
            } catch {
                result = .failure(error)
            }
            loop.post(.run { _ in self.found(result) })
        }
    }

    private func found(_ result: Result<[Entry], Failure>) {
        isReading = false
        guard !isEnded else { return }
        guard case .success(let entries) = result else { return readIfNeeded(after: .milliseconds(500)) }
        for entry in entries {
            // The store is the truth: what it does not have will not come.
            if let last, entry.number > last + 1, held[last + 1] == nil { self.last = entry.number - 1 }
            received(entry)
        }
        guard !isEnded else { return }
        if entries.isEmpty {
            reached = last ?? 0
            held = [:]
            ranDry()
        }
        readIfNeeded(after: .zero)
    }
}
