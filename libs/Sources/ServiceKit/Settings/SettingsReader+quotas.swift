public import DomainKit

extension SettingsReader {
    /// How much accounts of each tier may have, in the form of `TierQuotas`. Which things are counted the type says.
    public mutating func quotas<Name: QuotaName>(
        _ key: String, default standard: String, _ meaning: String
    ) -> TierQuotas<Name> {
        let text = string(key, default: standard, meaning)
        do {
            return try TierQuotas(text)
        } catch {
            for finding in error.findings { note(key, finding) }
            return .nothing
        }
    }
}
