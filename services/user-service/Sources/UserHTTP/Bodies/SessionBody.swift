import HTTPKit
import UserDomain

/// One of the caller's sessions.
struct SessionBody: JSONWritable {
    let session: Session
    /// Whether the request came with a token of this very session.
    let isCurrent: Bool

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", session.id)
            $0.member("current", isCurrent)
            $0.member("created_at", session.createdAt)
            $0.member("last_used_at", session.lastUsedAt)
            $0.member("expires_at", session.expiresAt)
            $0.member("device", session.device.name)
            $0.member("user_agent", session.device.userAgent)
            $0.member("network", session.device.network)
        }
    }
}

/// What signing in and refreshing give.
struct TokensBody: JSONWritable {
    let tokens: IssuedTokens

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("access_token", tokens.access.text)
            $0.member("token_type", "Bearer")
            $0.member("expires_in", Int(tokens.access.life.components.seconds))
            $0.member("refresh_token", tokens.refresh.description)
            $0.member("session_id", tokens.session)
            $0.member("user_id", tokens.user)
            if let device = tokens.device { $0.member("device_token", device.description) }
        }
    }
}
