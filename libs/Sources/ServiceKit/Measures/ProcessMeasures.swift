import Foundation

/// What Prometheus expects to know of every process, read from `/proc` at each scrape.
enum ProcessMeasures {
    private static let start = Date().timeIntervalSince1970

    /// Fixes the start time; called at boot.
    static func begin() { _ = start }

    static func write(to text: inout PrometheusText) {
        text.type("process_cpu_seconds_total", "counter")
        text.sample("process_cpu_seconds_total", "", cpuSeconds())
        text.type("process_max_fds", "gauge")
        text.sample("process_max_fds", "", maximumDescriptors())
        text.type("process_open_fds", "gauge")
        text.sample("process_open_fds", "", openDescriptors())
        text.type("process_resident_memory_bytes", "gauge")
        text.sample("process_resident_memory_bytes", "", residentBytes())
        text.type("process_start_time_seconds", "gauge")
        text.sample("process_start_time_seconds", "", start)
    }

    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    private static func maximumDescriptors() -> UInt64 {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return UInt64(limit.rlim_cur)
    }

    /// One less than listed, as listing opens one.
    private static func openDescriptors() -> Int {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return max(0, (names?.count ?? 0) - 1)
    }

    private static func residentBytes() -> Int {
        guard let data = FileManager.default.contents(atPath: "/proc/self/statm") else { return 0 }
        let fields = String(decoding: data, as: UTF8.self).split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
