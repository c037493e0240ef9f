public import DomainKit
public import Foundation

/// What is so of a video that was taken down.
public struct Removal: Sendable, Hashable {
    public var reason: Statement
    public let by: UserID
    public let at: Date
    /// From then on the video goes for good, unless an appeal waits for its decision.
    public let eraseAt: Date
    public var appeal: Appeal?

    public init(reason: Statement, by: UserID, at: Date, eraseAt: Date, appeal: Appeal? = nil) {
        self.reason = reason
        self.by = by
        self.at = at
        self.eraseAt = eraseAt
        self.appeal = appeal
    }
}

public typealias AppealID = ID<Appeal>

/// What the owner of a video that was taken down has to say against it, once.
public struct Appeal: Sendable, Hashable {
    /// One that is granted puts the video back, and is gone with the removal.
    public enum State: String, Sendable, Hashable, CaseIterable {
        case open, rejected
    }

    public let id: AppealID
    public let text: Statement
    public let at: Date
    public var state: State
    public var decidedAt: Date?
    /// What whoever decided says to it.
    public var answer: Statement?

    public init(
        id: AppealID, text: Statement, at: Date, state: State = .open, decidedAt: Date? = nil, answer: Statement? = nil
    ) {
        self.id = id
        self.text = text
        self.at = at
        self.state = state
        self.decidedAt = decidedAt
        self.answer = answer
    }
}

/// What is decided about an appeal.
public enum AppealDecision: String, Sendable, Hashable, CaseIterable {
    /// The video is put back.
    case granted
    case rejected
}
