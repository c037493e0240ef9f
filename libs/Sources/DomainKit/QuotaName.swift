/// What a service counts of each account, by the names its settings have for it.
///
/// ```swift
/// enum ChatQuota: String, QuotaName { case rooms, sockets }
/// ```
public protocol QuotaName: RawRepresentable<String>, CaseIterable, Sendable, Hashable {
    /// Whether it is an amount of bytes, which settings may say with a unit: `10GiB`.
    var isInBytes: Bool { get }
    /// What clients know it by: its name, where nothing else is said.
    var published: String { get }
}

extension QuotaName {
    public var isInBytes: Bool { false }
    public var published: String { rawValue }
}

/// How much of something an account has, and how much it may have.
public struct QuotaUse: Sendable, Hashable {
    public var used: Int64
    /// May be below `used`: a membership that lapsed takes nothing away, it only lets nothing be added.
    public var limit: Int64

    public init(used: Int64, limit: Int64) {
        self.used = used
        self.limit = limit
    }

    /// Any two amounts will do.
    public func hasRoom(for amount: Int64 = 1) -> Bool {
        let (sum, isBeyond) = used.addingReportingOverflow(amount)
        return !isBeyond && sum <= limit
    }
}

extension Failure {
    /// There is no room for more under a quota. `code` is the service's, `chat.quota-exceeded`; which quota it is, its limit
    /// and how much of it is used are members of the problem.
    public static func quotaExceeded(_ code: String, _ name: some QuotaName, _ use: QuotaUse) -> Failure {
        Failure(
            .forbidden, code: code, message: "This goes beyond what your membership allows of \(name.published).",
            extensions: [
                "quota": .text(name.published), "used": .number(use.used), "limit": .number(use.limit),
            ])
    }
}
