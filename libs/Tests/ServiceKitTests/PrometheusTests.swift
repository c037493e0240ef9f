import CoreMetrics
import Metrics
import ServiceKit
import Testing

@Suite struct PrometheusTests {
    private let registry = PrometheusRegistry(buckets: ["sizes": [1, 10]])

    private func lines(_ prefix: String) -> [String] {
        registry.text().split(separator: "\n").map(String.init).filter { $0.contains(prefix) }
    }

    @Test func `counters count, by label`() {
        let one = registry.makeCounter(label: "calls.total", dimensions: [("route", "/a\"b\\c\n"), ("x-y", "1")])
        one.increment(by: 2)
        registry.makeCounter(label: "calls.total", dimensions: [("route", "/a\"b\\c\n"), ("x-y", "1")]).increment(by: 3)
        registry.makeCounter(label: "calls.total", dimensions: []).increment(by: 1)
        #expect(
            lines("calls_total") == [
                "# TYPE calls_total counter", "calls_total 1",
                #"calls_total{route="/a\"b\\c\n",x_y="1"} 5"#,
            ])
    }

    @Test func `timers are histograms in seconds, cumulative`() {
        let timer = registry.makeTimer(label: "wait_seconds", dimensions: [("kind", "a")])
        timer.recordNanoseconds(1_000_000)
        timer.recordNanoseconds(30_000_000)
        timer.recordNanoseconds(60_000_000_000)
        let found = lines("wait_seconds")
        #expect(found.contains(#"wait_seconds_bucket{kind="a",le="0.001"} 1"#))
        #expect(found.contains(#"wait_seconds_bucket{kind="a",le="0.05"} 2"#))
        #expect(found.contains(#"wait_seconds_bucket{kind="a",le="10.0"} 2"#))
        #expect(found.contains(#"wait_seconds_bucket{kind="a",le="+Inf"} 3"#))
        #expect(found.contains(#"wait_seconds_count{kind="a"} 3"#))
        #expect(found.contains(#"wait_seconds_sum{kind="a"} 60.031"#))
    }

    @Test func `recorders use the bounds given for them`() {
        let recorder = registry.makeRecorder(label: "sizes", dimensions: [], aggregate: true)
        recorder.record(Int64(5))
        recorder.record(50.0)
        #expect(
            lines("sizes") == [
                "# TYPE sizes histogram", #"sizes_bucket{le="1.0"} 0"#, #"sizes_bucket{le="10.0"} 1"#,
                #"sizes_bucket{le="+Inf"} 2"#, "sizes_sum 55.0", "sizes_count 2",
            ])
    }

    @Test func `gauges go up and down`() {
        let meter = registry.makeMeter(label: "sockets", dimensions: [])
        meter.set(Int64(5))
        meter.increment(by: 2)
        meter.decrement(by: 3)
        #expect(lines("sockets") == ["# TYPE sockets gauge", "sockets 4.0"])
    }

    @Test func `one name used for two kinds stays one kind`() {
        registry.makeCounter(label: "both", dimensions: []).increment(by: 1)
        registry.makeMeter(label: "both", dimensions: []).set(9.0)
        registry.makeMeter(label: "both", dimensions: [("a", "b")]).set(9.0)
        #expect(lines("both") == ["# TYPE both counter", "both 1"])
    }

    @Test func `the process tells of itself`() {
        for name in ["process_cpu_seconds_total", "process_open_fds", "process_resident_memory_bytes"] {
            let value = lines(name).last.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
            #expect((value ?? 0) > 0)
        }
    }
}
