public import DomainKit
public import Foundation

extension Membership {
    /// The tiers that can be given; a later version may have stored others.
    public static let tiers = [freeTier, "member"]
    private static let sourceRule = NameRule(longest: 64)

    /// One that somebody asks for. Times are kept to the millisecond.
    ///
    /// Fails: `invalid`, for a tier that cannot be given, a source of other than 1 to 64 characters, and an end that does
    /// not come after the beginning.
    public static func checked(
        tier name: String, validFrom: Date, validUntil: Date?, source text: String
    ) throws(Failure) -> Membership {
        var check = Validation()
        let tier = check("/tier") { () throws(Violation) in
            guard tiers.contains(name) else { throw unknownTier }
            return name
        }
        let source = check("/source") { () throws(Violation) in try sourceRule.checked(text) }
        let (from, until) = (validFrom.inMilliseconds, validUntil?.inMilliseconds)
        _ = check("/valid_until") { () throws(Violation) in
            if let until, until <= from { throw reversed }
        }
        guard let tier, let source, check.violations.isEmpty else { throw Failure.invalid(check.violations) }
        return Membership(tier: tier, from: from, until: until, source: source)
    }

    /// Two that mean the same are equal in this form.
    var inMilliseconds: Membership {
        Membership(tier: tier, from: from?.inMilliseconds, until: until?.inMilliseconds, source: source)
    }

    private static var unknownTier: Violation {
        Violation(code: "not-acceptable", detail: "This must be one of: \(tiers.joined(separator: ", ")).")
    }

    private static var reversed: Violation {
        Violation(code: "reversed", detail: "The end must come after the beginning.")
    }
}
