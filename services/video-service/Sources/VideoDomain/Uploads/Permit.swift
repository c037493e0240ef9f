public import DomainKit

/// The right to go on with something that takes long, and that may be taken back meanwhile.
public protocol Permit: Sendable {
    /// Fails: with what its holder is told, once the right is gone.
    func check() throws(Failure)

    /// Returns when `check` may say something else than it did, and when the task is cancelled. For one task.
    func changed() async
}

extension Permit {
    /// Does `work`, and cancels it as soon as the right is gone, whatever it waits for then.
    ///
    /// Fails: as `check`, when the right went before the work was done; else as the work.
    func during(_ work: @escaping @Sendable () async throws -> Void) async throws {
        try check()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await work()
                return true
            }
            group.addTask {
                while !Task.isCancelled {
                    await changed()
                    try check()
                }
                return false
            }
            defer { group.cancelAll() }
            while try await group.next() == false {}
        }
        try check()
    }
}
