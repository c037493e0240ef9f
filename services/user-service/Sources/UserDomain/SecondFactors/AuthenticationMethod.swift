/// By what somebody showed who they are, as tokens say it (`amr`, RFC 8176).
public enum AuthenticationMethod: String, Sendable, Hashable, CaseIterable {
    case password = "pwd"
    /// From an app.
    case oneTimeCode = "otp"
    /// One of those on paper.
    case recoveryCode = "rec"
    /// A passkey that cannot leave its device.
    case hardwareKey = "hwk"
    /// A passkey that is copied to all devices of its owner.
    case softwareKey = "swk"
}

extension Set<AuthenticationMethod> {
    /// Whether two factors were shown: a password and a code, or a passkey, which is had and unlocked.
    public var isTwoFactors: Bool {
        if contains(.hardwareKey) || contains(.softwareKey) { return true }
        return contains(.password) && (contains(.oneTimeCode) || contains(.recoveryCode))
    }

    /// The level that tokens say (`acr`): `2` for two factors.
    public var level: String { isTwoFactors ? "2" : "1" }
}
