public import DomainKit
public import Foundation

public typealias DataExportID = ID<DataExport>

/// All that the platform keeps of somebody, in one archive (GDPR article 20): asked for, put together piece by piece by the
/// services that have something, and there for some days.
public struct DataExport: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        case running, ready, failed
    }

    /// Why one has failed.
    public enum Reason: String, Sendable, Hashable {
        /// Some service had not given its part when the time was over.
        case outOfTime = "out-of-time"
        /// It is more than an archive holds.
        case tooLarge = "too-large"
    }

    /// The one that gives its part without a call.
    public static let ownService = "user-service"
    /// Those whose part is needed.
    public static let services = ErasureReport.services.union([ownService])

    public let id: DataExportID
    public let state: State
    /// Nil for one that has not failed.
    public let reason: Reason?
    public let createdAt: Date
    /// When it goes.
    public let expiresAt: Date

    public init(id: DataExportID, state: State, reason: Reason? = nil, createdAt: Date, expiresAt: Date) {
        self.id = id
        self.state = state
        self.reason = reason
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
