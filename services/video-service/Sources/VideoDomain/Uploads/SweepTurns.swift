public import Foundation

/// The port to whose turn it is to sweep: of several replicas one does it at a time. Fails: `unavailable`.
public protocol SweepTurns: Sendable {
    /// Takes the turn, or goes on with one's own, for `life`. False while another holder has it.
    func take(_ holder: UUID, for life: Duration) async throws -> Bool

    /// Ends one's own turn; nothing when it is no longer that.
    func giveBack(_ holder: UUID) async throws
}
