import ChatDomain
import WebSocketKit

/// The way from a client's last `seq` to the live stream: history in pages, as fast as the socket takes it, then what
/// came live meanwhile.
// @unchecked: touched on its socket's loop only; tasks just carry it back there.
final class CatchUp: @unchecked Sendable {
    enum Step {
        /// The socket is full; `step` again when it takes more.
        case blocked
        case needsMore(HistoryRange)
        case done
    }

    static let page = 200
    /// What may come live meanwhile: beyond it the reader is too slow.
    private static let mostHeld = 4_096

    private let room: RoomID
    private var after: Int64
    private let upTo: Int64
    private var ready: ArraySlice<Message> = []
    private var held: [EncodedFrame] = []
    private var isFetching = false

    init(room: RoomID, after: Int64, upTo: Int64) {
        self.room = room
        self.after = after
        self.upTo = upTo
    }

    /// Keeps a live frame for later. False when there are too many.
    func hold(_ frame: EncodedFrame) -> Bool {
        held.append(frame)
        return held.count <= Self.mostHeld
    }

    func fetched(_ messages: [Message]) {
        isFetching = false
        ready = messages[...]
        // The log is the truth: an empty page means that there is nothing more.
        if messages.isEmpty { after = upTo }
    }

    func step(_ connection: WebSocketConnection, isWritable: () -> Bool) -> Step {
        while let message = ready.first {
            guard isWritable() else { return .blocked }
            ready.removeFirst()
            after = message.seq
            connection.send(ServerFrame.message(message).encoded)
        }
        if isFetching { return .blocked }
        guard after >= upTo else {
            isFetching = true
            return .needsMore(.after(after, before: upTo + 1))
        }
        for frame in held { connection.send(frame) }
        held = []
        return .done
    }
}
