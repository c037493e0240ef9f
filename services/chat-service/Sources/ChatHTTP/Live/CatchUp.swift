import ChatDomain
import DomainKit
import WebSocketKit

/// The way from what a client has to the live stream: the messages it missed in pages, as fast as the socket takes them, then the
/// changes it missed, then what came live meanwhile.
///
/// Messages first: they come as they are now, and no change comes before its message.
// @unchecked: touched on its socket's loop only; tasks just carry it back there.
final class CatchUp: @unchecked Sendable {
    enum Step {
        /// The socket is full; `step` again when it takes more.
        case blocked
        case needsMore(Page)
        case done
    }

    /// What is to be read next.
    enum Page: Sendable {
        case messages(HistoryRange)
        case changes(after: Int64)
    }

    enum Missed: Sendable {
        case message(Message)
        case change(RoomChangeEntry)
    }

    static let page = 200
    /// What may come live meanwhile: beyond it the reader is too slow.
    private static let mostHeld = 4_096

    private var position: RoomPosition
    private let end: RoomPosition
    private var ready: ArraySlice<Missed> = []
    private var held: [EncodedFrame] = []
    private var isFetching = false

    init(after position: RoomPosition, upTo end: RoomPosition) {
        self.position = position
        self.end = end
    }

    /// Keeps a live frame for later. False when there are too many.
    func hold(_ frame: EncodedFrame) -> Bool {
        held.append(frame)
        return held.count <= Self.mostHeld
    }

    func fetched(_ missed: [Missed]) {
        isFetching = false
        ready = missed[...]
        guard missed.isEmpty else { return }
        // The store is the truth: an empty page means that there is nothing more.
        if position.seq < end.seq { position.seq = end.seq } else { position.change = end.change }
    }

    func step(_ connection: WebSocketConnection, isWritable: () -> Bool) -> Step {
        while let missed = ready.first {
            guard isWritable() else { return .blocked }
            ready.removeFirst()
            switch missed {
            case .message(let message):
                position.seq = message.seq
                connection.send(ServerFrame.message(message).encoded)
            case .change(let change):
                position.change = change.change
                // What is beyond comes live.
                if change.change <= end.change { connection.send(ServerFrame(change).encoded) }
            }
        }
        if isFetching { return .blocked }
        if let next {
            isFetching = true
            return .needsMore(next)
        }
        for frame in held { connection.send(frame) }
        held = []
        return .done
    }

    private var next: Page? {
        if position.seq < end.seq { return .messages(.after(position.seq, before: end.seq + 1)) }
        return position.change < end.change ? .changes(after: position.change) : nil
    }
}

extension CatchUp.Page {
    /// Fails: `unavailable`.
    func read(from log: any MessageLog, _ room: RoomID) async throws(Failure) -> [CatchUp.Missed] {
        switch self {
        case .messages(let range):
            try await log.messages(in: room, range, limit: CatchUp.page).map { .message($0) }
        case .changes(let after):
            try await log.changes(in: room, after: after, limit: CatchUp.page).map { .change($0) }
        }
    }
}
