import CMalloc

/// How the allocator treats the buffers that bodies are read into.
enum BufferMemory {
    /// Buffers of up to 2 MiB come from memory the process has, and up to 8 MiB of it is kept when it is free.
    ///
    /// As it comes, glibc maps a large buffer and unmaps it again, and the kernel clears its pages each time they are touched first:
    /// a fifth of what an upload costs. Memory at rest grows by what is kept, at most once for each event loop. Meant for the start
    /// of a process. mallopt(3).
    static func keep() {
        mallopt(M_MMAP_THRESHOLD, 2 * 1_024 * 1_024)
        mallopt(M_TRIM_THRESHOLD, 8 * 1_024 * 1_024)
    }
}
