import AsyncHTTPClient
public import DomainKit
import Foundation
import HTTPKit
import NIOCore
import NIOHTTP1
import Synchronization

/// The access token a service gets for itself from user-service (RFC 6749 §4.4), fetched when it is needed and kept for
/// four fifths of its life.
///
/// There is one fetch at a time, however many ask. What was fetched before goes on being given out while it lives and no
/// new one is to be had; after a fetch that failed there is none for a second.
public final class ServiceTokenSource: Sendable {
    /// No token, and why, without a word of any secret.
    public struct NoToken: Error, CustomStringConvertible {
        public let reason: String
        public var description: String { "no service token: \(reason)" }
    }

    private struct Held {
        let token: String
        let renewAt: Date
        let endsAt: Date
    }

    private struct State {
        var held: Held?
        var fetch: Task<Result<Held, NoToken>, Never>?
        var failure: (error: NoToken, until: Date)?
    }

    private enum Step {
        case have(String)
        case wait(Task<Result<Held, NoToken>, Never>)
        case fail(NoToken)
    }

    /// A token is a kilobyte or less.
    private static let largestAnswer = 64 * 1_024
    private static let pauseAfterFailure: TimeInterval = 1

    private let request: HTTPClientRequest
    private let timeout: Duration
    private let clock: any WallClock
    private let state = Mutex(State())

    /// - Parameters:
    ///   - url: where user-service is, inside the platform.
    ///   - scope: what the token is to be good for, separated by spaces; nil asks for all that the client may have.
    ///   - allowsPlaintext: takes `http://` to other machines too, where a mesh encrypts what is between them.
    public init(
        url: String, clientID: String, secret: String, scope: String? = nil, allowsPlaintext: Bool = false,
        timeout: Duration = .seconds(5), clock: any WallClock = SystemWallClock()
    ) throws(UnusableIdentityURL) {
        let url = try UnusableIdentityURL.usable(url, allowsPlaintext: allowsPlaintext)
        self.timeout = timeout
        self.clock = clock
        var request = HTTPClientRequest(url: url + "/oauth2/token")
        request.method = .POST
        // RFC 6749 §2.3.1: both are form-encoded before they become Basic credentials.
        let credentials = "\(FormText.encode(clientID)):\(FormText.encode(secret))"
        request.headers = [
            "Authorization": "Basic " + Data(credentials.utf8).base64EncodedString(),
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json",
        ]
        let form = "grant_type=client_credentials" + (scope.map { "&scope=\(FormText.encode($0))" } ?? "")
        request.body = .bytes(ByteBuffer(string: form))
        self.request = request
    }

    /// A token that lives. Waits for a fetch where there is none to give out; a caller that is cancelled does not cancel
    /// that for the others.
    public func token() async throws(NoToken) -> String {
        let step = state.withLock { state -> Step in
            let now = clock.now
            if let held = state.held, now < held.renewAt { return .have(held.token) }
            if let fetch = state.fetch { return .wait(fetch) }
            if let failure = state.failure, now < failure.until {
                return living(state.held, now).map { .have($0) } ?? .fail(failure.error)
            }
            let fetch = Task { await self.fetch() }
            state.fetch = fetch
            return .wait(fetch)
        }
        switch step {
        case .have(let token): return token
        case .fail(let error): throw error
        case .wait(let fetch):
            switch await fetch.value {
            case .success(let held): return held.token
            case .failure(let error):
                guard let token = state.withLock({ living($0.held, clock.now) }) else { throw error }
                return token
            }
        }
    }

    /// Says that `token` was refused: it is given out no more. Another one that came meanwhile is.
    public func drop(_ token: String) {
        state.withLock { state in
            if state.held?.token == token { (state.held, state.failure) = (nil, nil) }
        }
    }

    /// What `call` gets with a token, and when that is refused with 401, what it gets with a new one.
    func authorizing(_ call: (String) async throws -> IssuerClient.Answer) async throws -> IssuerClient.Answer {
        let token = try await token()
        let answer = try await call(token)
        guard answer.status == .unauthorized else { return answer }
        drop(token)
        return try await call(try await self.token())
    }

    private func living(_ held: Held?, _ now: Date) -> String? {
        held.flatMap { now < $0.endsAt ? $0.token : nil }
    }

    private func fetch() async -> Result<Held, NoToken> {
        // From before it was sent, so that no token is thought to live longer than it does.
        let begun = clock.now
        let outcome: Result<Held, NoToken>
        do {
            let answer = try await IssuerClient.answer(to: request, within: timeout, atMost: Self.largestAnswer)
            outcome = .success(try Self.held(answer, since: begun))
        } catch {
            outcome = .failure(error as? NoToken ?? NoToken(reason: "\(error)"))
        }
        state.withLock { state in
            state.fetch = nil
            switch outcome {
            case .success(let held): (state.held, state.failure) = (held, nil)
            case .failure(let error):
                state.failure = (error, clock.now.addingTimeInterval(Self.pauseAfterFailure))
            }
        }
        return outcome
    }

    private static func held(_ answer: IssuerClient.Answer, since begun: Date) throws(NoToken) -> Held {
        guard answer.status == .ok else {
            let said = (try? JSONDecoder().decode(Refusal.self, from: answer.body))?.error
            throw NoToken(reason: "\(answer.status.code)" + (said.map { " \($0.prefix(64))" } ?? ""))
        }
        guard let grant = try? JSONDecoder().decode(Grant.self, from: answer.body),
            grant.tokenType.lowercased() == "bearer", grant.token.utf8.count <= TokenVerifier.longestToken
        else { throw NoToken(reason: "an answer that is no token") }
        // RFC 6749 §5.1 lets an issuer leave the life out; a minute is safe with any.
        let life = min(max(grant.life ?? 60, 0), 86_400)
        return Held(
            token: grant.token, renewAt: begun.addingTimeInterval(life * 0.8), endsAt: begun.addingTimeInterval(life))
    }

    private struct Grant: Decodable {
        let token: String
        let tokenType: String
        let life: Double?

        enum CodingKeys: String, CodingKey {
            case token = "access_token"
            case tokenType = "token_type"
            case life = "expires_in"
        }
    }

    private struct Refusal: Decodable {
        let error: String
    }
}
