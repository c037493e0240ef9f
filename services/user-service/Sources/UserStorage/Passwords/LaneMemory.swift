import CArgon2
import Foundation

/// The working memory of one hashing thread, kept from one hash to the next.
///
/// Asking the system anew for 19 MiB costs a page fault for every 4 KiB of it; huge pages, where the system has them,
/// also spare the address translation that Argon2's jumps through memory would otherwise pay for.
/// Not thread-safe: it belongs to the thread that made it.
final class LaneMemory {
    private static let pageSize = 2 * 1_024 * 1_024
    private static let slot: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    private var region: UnsafeMutableRawPointer?
    private var capacity = 0

    deinit {
        release()
    }

    /// Gives the memory back to the system, until it is needed again.
    func release() {
        if let region { munmap(region, capacity) }
        region = nil
        capacity = 0
    }

    /// Runs `body` on this thread with the library's allocations served from here.
    func lend<Value>(to body: () -> Value) -> Value {
        pthread_setspecific(Self.slot, Unmanaged.passUnretained(self).toOpaque())
        defer { pthread_setspecific(Self.slot, nil) }
        return body()
    }

    private func reserve(_ size: Int) -> UnsafeMutablePointer<UInt8>? {
        if size > capacity {
            release()
            let rounded = (size + Self.pageSize - 1) / Self.pageSize * Self.pageSize
            let mapped = mmap(nil, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let mapped, mapped != MAP_FAILED else { return nil }
            madvise(mapped, rounded, MADV_HUGEPAGE)
            region = mapped
            capacity = rounded
        }
        return region?.assumingMemoryBound(to: UInt8.self)
    }

    /// libargon2 asks once a hash, on the thread that called it; it has no argument of ours, hence the slot.
    static let allocate: allocate_fptr = { memory, size in
        guard let memory, let owner = pthread_getspecific(LaneMemory.slot),
            let bytes = Unmanaged<LaneMemory>.fromOpaque(owner).takeUnretainedValue().reserve(size)
        else { return ARGON2_MEMORY_ALLOCATION_ERROR.rawValue }
        memory.pointee = bytes
        return ARGON2_OK.rawValue
    }

    /// The library has wiped it before.
    static let free: deallocate_fptr = { _, _ in }
}
