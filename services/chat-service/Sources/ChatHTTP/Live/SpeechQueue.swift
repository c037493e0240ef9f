import ChatDomain
import DomainKit

/// One thing a client wants to say.
struct Utterance: Sendable {
    let id: FrameID
    let room: RoomID
    let clientID: ClientID
    let body: MessageText
    let replyTo: MessageID?
}

/// What a session's client has said and nobody knows yet whether it may: the first is being asked about, the others wait
/// behind it, so that they keep their order.
struct SpeechQueue {
    /// From so many on no more is read from the socket until half of them are gone.
    static let most = 64

    private var waiting: [Utterance] = []
    private(set) var isReadingPaused = false

    var isEmpty: Bool { waiting.isEmpty }

    /// True when reading is to stop now.
    mutating func add(_ utterance: Utterance) -> Bool {
        waiting.append(utterance)
        guard waiting.count >= Self.most, !isReadingPaused else { return false }
        isReadingPaused = true
        return true
    }

    /// The utterances up to the first that is not judged, each with its judgement. The one that was asked about has one.
    mutating func judged(
        first: Result<Void, Failure>, others judge: () -> Result<Void, Failure>?
    ) -> [(Utterance, Result<Void, Failure>)] {
        var judged: [(Utterance, Result<Void, Failure>)] = []
        for utterance in waiting {
            guard let judgement = judged.isEmpty ? first : judge() else { break }
            judged.append((utterance, judgement))
        }
        waiting.removeFirst(judged.count)
        return judged
    }

    /// All that is left.
    mutating func drain() -> [Utterance] {
        defer { waiting = [] }
        return waiting
    }

    /// True when reading is to go on.
    mutating func resumesReading() -> Bool {
        guard isReadingPaused, waiting.count <= Self.most / 2 else { return false }
        isReadingPaused = false
        return true
    }
}
