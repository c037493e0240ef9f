public import DomainKit

/// How much one has, and how much one's membership allows.
public struct ShowQuota: Sendable {
    let holdings: any HoldingStore
    let quotas: TierQuotas<VideoQuota>

    public init(holdings: any HoldingStore, quotas: TierQuotas<VideoQuota>) {
        self.holdings = holdings
        self.quotas = quotas
    }

    public func callAsFunction(of viewer: Viewer) async throws -> [VideoQuota: QuotaUse] {
        let (used, limits) = (
            try await holdings.holdings(of: viewer.id), Holdings(allowedBy: quotas, for: viewer.tier)
        )
        let uses = VideoQuota.allCases.map { ($0, QuotaUse(used: used[$0], limit: limits[$0])) }
        return Dictionary(uniqueKeysWithValues: uses)
    }
}
