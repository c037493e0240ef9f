public import DomainKit

/// Who may call a route. Said where the route is registered: there is no way to register one without it.
public enum Access: Sendable, Hashable {
    /// Everybody; a token is not looked at.
    case open
    /// Everybody, as far as the gateway can tell: the route itself judges what the caller brings.
    case proof(Proof)
    /// Whoever has a valid access token.
    case token
    /// Whoever has a valid access token with one of these roles.
    case roles(Set<Role>)
    /// A service whose token has this scope, or whoever has a valid access token with one of these roles.
    case scope(String, or: Set<Role>)
    /// The cluster and the people who run it. No gateway leads there.
    case `internal`

    /// What the gateway cannot ask for, as it is no token in the `Authorization` field.
    public enum Proof: String, Sendable, Hashable {
        /// The address itself is signed, for one thing and a short time.
        case signedAddress = "signed-address"
        /// A token in the field or else in the first frame: browsers cannot set a field on a handshake.
        case firstFrame = "first-frame"
        /// The body is signed with a secret that the sender shares with the service.
        case signedBody = "signed-body"
    }
}

extension Access: CustomStringConvertible {
    public var description: String {
        switch self {
        case .open: "open"
        case .proof(let proof): "proof:\(proof.rawValue)"
        case .token: "token"
        case .roles(let roles): Self.description(of: roles)
        case .scope(let scope, let roles):
            "scope:\(scope)" + (roles.isEmpty ? "" : "|" + Self.description(of: roles))
        case .internal: "internal"
        }
    }

    private static func description(of roles: Set<Role>) -> String {
        "roles:" + roles.map(\.rawValue).sorted().joined(separator: ",")
    }
}
