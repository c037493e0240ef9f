/// What a chat run does.
struct ChatPlan {
    /// Ports of the replicas; members of a room are spread over all of them.
    var ports: [Int]
    var connections: Int
    /// Ids of the rooms; connection i is in room i modulo their number.
    var rooms: [String]
    /// Access tokens; connection i uses the i-th.
    var tokens: [String]
    /// Messages a second in each room; nil: the next goes out when all members have the last.
    var rate: Double?
    /// Without a rate: messages in flight in each room.
    var window = 1
    /// Members of a room that take turns to send.
    var senders = 4
    var size = 128
    var warmUp = 2.0
    var seconds = 10.0
    /// How long the members stay silent before anything is sent.
    var silence = 1.0
    /// Handshakes in flight.
    var handshakes = 64
    var groups: [ProcessGroup]
}
