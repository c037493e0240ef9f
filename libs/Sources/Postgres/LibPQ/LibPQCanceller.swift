internal import CLibPQ

/// What is needed to ask the server to stop whatever a connection is running.
///
/// `@unchecked Sendable`: `PQcancel` is documented as safe from any thread; it reads what was copied at the start.
final class LibPQCanceller: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQfreeCancel(pointer)
    }

    /// Blocks until the server has taken the request in (a connection of its own), not until it has acted on it.
    func cancel() {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
            _ = PQcancel(pointer, message.baseAddress, 256)
        }
    }
}
