import Synchronization

/// How many bytes each writer gathers before it hands them to a pool thread.
///
/// A change of threads and a system call cost the same for a little as for a lot, so one writer gathers a MiB: 1 GiB then takes
/// half the time of the processor that it takes by quarters of a MiB. Many writers share `budget`, so that what they hold does
/// not grow with their number until each is down to the least that is still worth the way.
final class WriteBatches: Sendable {
    static let (least, most, budget) = (256 * 1_024, 1_024 * 1_024, 12 * 1_024 * 1_024)

    private let writers = Atomic(0)

    /// Bytes a writer gathers now.
    var size: Int { min(Self.most, max(Self.least, Self.budget / max(1, writers.load(ordering: .relaxed)))) }

    func join() { writers.wrappingAdd(1, ordering: .relaxed) }
    func leave() { writers.wrappingSubtract(1, ordering: .relaxed) }
}
