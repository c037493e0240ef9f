/// Which channels have readers, which the server has been told of, and the one command that may be under way.
///
/// What readers want may change faster than the server answers. One command at a time, each chosen by what is wanted
/// at that moment: so LISTEN and UNLISTEN never overtake one another. Pure bookkeeping, without a connection.
struct ListenTable<Reader> {
    enum Command: Equatable {
        case listen(String)
        case unlisten(String)
    }

    private struct Channel {
        /// In the order they came.
        var readers: [(id: UInt64, reader: Reader, isTold: Bool)] = []
        /// The server sends what is notified here.
        var isActive = false
    }

    private var channels: [String: Channel] = [:]
    private var nextID: UInt64 = 0
    private var underWay: Command?

    var hasReaders: Bool { channels.values.contains { !$0.readers.isEmpty } }
    var readers: [Reader] { channels.values.flatMap { $0.readers.map(\.reader) } }

    /// Adds a reader. `isListening` when the server sends to this channel already.
    mutating func add(_ reader: Reader, to channel: String) -> (id: UInt64, isListening: Bool) {
        nextID += 1
        let isListening = channels[channel]?.isActive == true
        channels[channel, default: Channel()].readers.append((nextID, reader, isListening))
        return (nextID, isListening)
    }

    mutating func remove(_ id: UInt64, from channel: String) {
        channels[channel]?.readers.removeAll { $0.id == id }
        forgetIfIdle(channel)
    }

    /// The next command to send; nil while one is under way, and when all is as wanted.
    mutating func next() -> Command? {
        guard underWay == nil else { return nil }
        for (name, channel) in channels where channel.readers.isEmpty == channel.isActive {
            underWay = channel.isActive ? .unlisten(name) : .listen(name)
            // From here on its notifications are not to be counted on.
            channels[name]?.isActive = false
            return underWay
        }
        return nil
    }

    /// The server did what was under way. Returns the readers who are to be told that they listen from now on.
    mutating func done() -> [Reader] {
        defer { underWay = nil }
        switch underWay {
        case .listen(let name): return activate(name)
        case .unlisten(let name):
            forgetIfIdle(name)
            return []
        case nil: return []
        }
    }

    /// A notification came. Returns who gets it, and who of them has to be told first that it listens: the
    /// notification may be here before the answer to LISTEN has been looked at.
    mutating func notified(_ name: String) -> (untold: [Reader], all: [Reader]) {
        let untold = underWay == .listen(name) ? activate(name) : []
        return (untold, channels[name]?.readers.filter(\.isTold).map(\.reader) ?? [])
    }

    /// The connection is gone: nothing is active, and what is wanted stays wanted.
    mutating func disconnected() {
        underWay = nil
        for name in channels.keys {
            channels[name]?.isActive = false
            for index in channels[name]?.readers.indices ?? 0..<0 { channels[name]?.readers[index].isTold = false }
            forgetIfIdle(name)
        }
    }

    private mutating func activate(_ name: String) -> [Reader] {
        channels[name, default: Channel()].isActive = true
        var untold: [Reader] = []
        for index in channels[name]?.readers.indices ?? 0..<0 {
            guard let entry = channels[name]?.readers[index], !entry.isTold else { continue }
            untold.append(entry.reader)
            channels[name]?.readers[index].isTold = true
        }
        return untold
    }

    private mutating func forgetIfIdle(_ name: String) {
        if let channel = channels[name], channel.readers.isEmpty, !channel.isActive { channels[name] = nil }
    }
}
