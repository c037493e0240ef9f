import NIOCore
import NIOPosix
import Synchronization
import WebSocketKit

/// All rooms: their numbering here, their members on the event loops.
final class FloorRooms: Sendable {
    private struct Loop {
        var eventLoop: any EventLoop
        var members: NIOLoopBound<LoopMembers>
    }

    private let loops: [Loop]
    private let lastSeqs = Mutex<[String: Int]>([:])

    init(on group: MultiThreadedEventLoopGroup) async throws {
        var loops: [Loop] = []
        for eventLoop in group.makeIterator() {
            let members = try await eventLoop.submit { NIOLoopBound(LoopMembers(), eventLoop: eventLoop) }.get()
            loops.append(Loop(eventLoop: eventLoop, members: members))
        }
        self.loops = loops
    }

    /// On `eventLoop` only.
    func members(on eventLoop: any EventLoop) -> LoopMembers? {
        loops.first { $0.eventLoop === eventLoop }?.members.value
    }

    /// Numbers a message and brings it to all members.
    func send(_ frame: String, to room: String) {
        lastSeqs.withLock { seqs in
            let seq = seqs[room, default: 0] + 1
            seqs[room] = seq
            let text = #"{"op":"message","seq":\#(seq),"# + frame.dropFirst()
            for loop in loops {
                // A frame for each loop: threads that count references of one buffer slow each other down.
                let encoded = EncodedFrame(text: text)
                loop.eventLoop.execute { loop.members.value.deliver(encoded, to: room) }
            }
        }
    }
}

/// The members of all rooms who live on one event loop.
final class LoopMembers {
    private var members: [String: [WebSocketConnection]] = [:]

    func join(_ room: String, _ connection: WebSocketConnection) {
        members[room, default: []].append(connection)
    }

    func leave(_ room: String, _ connection: WebSocketConnection) {
        members[room]?.removeAll { $0 === connection }
    }

    func deliver(_ frame: EncodedFrame, to room: String) {
        for member in members[room] ?? [] { member.send(frame) }
    }
}
