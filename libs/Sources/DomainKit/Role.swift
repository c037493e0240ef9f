/// What an account may do beyond its own data.
public enum Role: String, Sendable, Hashable, CaseIterable {
    case user, creator, moderator, admin
}
