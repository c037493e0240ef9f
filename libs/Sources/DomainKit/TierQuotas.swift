/// How much accounts may have, by the tier of their membership.
///
/// A tier that nothing is said of, as one that was invented after this release, has what `free` has.
public struct TierQuotas<Name: QuotaName>: Sendable, Hashable {
    /// The largest limit: up to it every reader of JSON counts exactly.
    public static var largest: Int64 { 1 << 53 }
    static var freeTier: String { "free" }

    private let limits: [String: [Name: Int64]]

    /// Nobody may have anything.
    public static var nothing: TierQuotas { TierQuotas(limits: [:]) }

    init(limits: [String: [Name: Int64]]) {
        self.limits = limits
    }

    /// From 0 to `largest`.
    public func limit(of name: Name, for tier: String) -> Int64 {
        (limits[tier] ?? limits[Self.freeTier])?[name] ?? 0
    }

    /// The largest limit that any tier has.
    public func highest(_ name: Name) -> Int64 {
        limits.values.compactMap { $0[name] }.max() ?? 0
    }
}
