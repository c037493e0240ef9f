internal import Foundation
internal import Synchronization

/// What `QuietUserService` says of what accounts may do: all of it, until a test refuses an action.
public final class QuietDecisions: Sendable {
    private struct State {
        var rules: [String: String] = [:]
        var isAway = false
        var asked: [String] = []
    }

    private let state = Mutex(State())
    private let ttl: Int

    /// - Parameter ttl: for how many seconds answers may be kept.
    public init(ttl: Int = 30) {
        self.ttl = ttl
    }

    /// From now on `action` is refused by `rule`.
    public func refuse(_ action: String, by rule: String) { state.withLock { $0.rules[action] = rule } }

    public func allow(_ action: String) { state.withLock { $0.rules[action] = nil } }

    /// From now on there are no answers, or there are again.
    public func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    /// The actions that were asked about, in order.
    public var asked: [String] { state.withLock { $0.asked } }

    /// The answers to a request's body; nil while there are none.
    func answers(to body: Data) throws -> String? {
        let requests = try JSONDecoder().decode(Questions.self, from: body).requests
        return state.withLock { state in
            if state.isAway { return nil }
            state.asked += requests.map(\.action)
            let decisions = requests.map { decision(rule: state.rules[$0.action]) }
            return #"{"decisions":[\#(decisions.joined(separator: ","))]}"#
        }
    }

    private func decision(rule: String?) -> String {
        #"{"allow":\#(rule == nil),"reason":"it was told so","rule":"\#(rule ?? "quiet")","obligations":[],"#
            + #""ttl":\#(ttl),"policy_version":"quiet"}"#
    }

    private struct Questions: Decodable {
        struct Question: Decodable {
            let action: String
        }

        let requests: [Question]
    }
}
