public import DomainKit

/// A room event on its way between replicas: what goes to the sockets, encoded once, and what a hub needs to sort it.
public struct RoomSignal: Sendable, Hashable {
    public enum Kind: UInt8, Sendable, Hashable {
        /// `frame` is the message with this `seq`.
        case message = 1
        /// Nothing to show: the log has reached this `seq`; 0 says that something else about the room was missed.
        case reached = 2
        /// `frame` is the change with this number, of who is in the room or of its settings. Without a number it comes from a version
        /// that did not count these, and says that there is one.
        case room = 3
        /// The same; and `userID` is no longer in the room.
        case removal = 4
        /// The room is gone.
        case closure = 5
        /// Ephemeral: to everybody but `userID`.
        case typing = 6
        /// `frame` is the change with this number, of the message with `messageSeq`.
        case change = 7
        /// Nothing to show: the changes have reached this number.
        case changesReached = 8
        /// Ephemeral: `userID` has read on.
        case read = 9

        /// Whether there is something to show.
        public var hasFrame: Bool { self != .reached && self != .changesReached }
    }

    public let kind: Kind
    public let roomID: RoomID
    /// Its number in the order its kind belongs to; 0 where the kind has none.
    public let seq: Int64
    /// Of a change of a message: the message, which whoever is told of the change must have had.
    public let messageSeq: Int64
    public let userID: UserID?
    /// The server frame as JSON; empty where there is nothing to show.
    public let frame: [UInt8]

    public init(
        _ kind: Kind, roomID: RoomID, seq: Int64 = 0, messageSeq: Int64 = 0, userID: UserID? = nil, frame: [UInt8] = []
    ) {
        self.kind = kind
        self.roomID = roomID
        self.seq = seq
        self.messageSeq = messageSeq
        self.userID = userID
        self.frame = frame
    }
}

/// The port between the replicas' hubs.
///
/// It may lose and reorder signals and never repeats one: the hub finds the truth in the log. What it must do is to
/// say when it may have lost some.
public protocol RoomRelay: Sendable {
    /// Sends to the other replicas that listen to the room. Returns at once. A message or change
    /// that could not be sent is made good by a `reached` or `changesReached` signal as soon as sending works again.
    func publish(_ signal: RoomSignal)
    /// Returns at once; `ready` is called once, from any thread, when signals of the room arrive from now on, or when
    /// the relay is away: `resumed` follows in that case. Takes effect in the order of the calls, `ignore` included.
    func listen(to room: RoomID, ready: @escaping @Sendable () -> Void)
    func ignore(_ room: RoomID)
}

/// The side of the hub a relay talks to. Called from any thread; must not block.
public protocol RoomRelayReceiver: AnyObject, Sendable {
    func received(_ signal: RoomSignal)
    /// From now on signals are being lost.
    func interrupted()
    /// All rooms are listened to again; whatever happened since `interrupted` has not been seen.
    func resumed()
}
