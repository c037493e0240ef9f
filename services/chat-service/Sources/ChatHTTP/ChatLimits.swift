public import HTTPKit

/// How often somebody may do what costs others something, a minute.
public struct ChatRates: Sendable {
    /// Rooms one account may open.
    public var rooms: Int
    /// Times one account may join or leave a room: each of them stays in the room's order of changes.
    public var memberships: Int
    /// Messages one account may send, over REST and all its sockets.
    public var messages: Int
    /// Sockets one account may open.
    public var sockets: Int
    /// Sockets that may be opened from one network.
    public var socketsFromNetwork: Int

    public init(rooms: Int, memberships: Int, messages: Int, sockets: Int, socketsFromNetwork: Int) {
        self.rooms = rooms
        self.memberships = memberships
        self.messages = messages
        self.sockets = sockets
        self.socketsFromNetwork = socketsFromNetwork
    }
}

/// The limits, the same on every replica.
///
/// While the store they share is away each replica counts for itself: what a limit keeps from the others then is more than
/// it should be, by as many times as there are replicas. Nobody should be unable to speak for that, and those whose sockets
/// broke with it must be able to come back. How many rooms there are the quota bounds, which needs no such store.
public struct ChatLimits: Sendable {
    /// What is shared by REST and sockets must be one object.
    let messages: LeasedRateLimit
    let rooms: RateLimitPolicy
    let memberships: RateLimitPolicy
    let sockets: RateLimitPolicy
    let socketsFromNetwork: RateLimitPolicy
    let store: any RateLimitStore

    public init(_ rates: ChatRates, store: any RateLimitStore & RateLimitLeases) {
        self.store = store
        messages = LeasedRateLimit(Self.perMinute("messages", rates.messages), store: store)
        rooms = Self.perMinute("rooms", rates.rooms)
        memberships = Self.perMinute("memberships", rates.memberships)
        sockets = Self.perMinute("sockets", rates.sockets)
        socketsFromNetwork = Self.perMinute("sockets-from-network", rates.socketsFromNetwork)
    }

    private static func perMinute(_ name: String, _ quota: Int) -> RateLimitPolicy {
        RateLimitPolicy(name, quota: quota, per: .seconds(60), whenAway: .countedHere)
    }
}
