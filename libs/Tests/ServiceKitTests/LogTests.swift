import Foundation
import HTTPKit
import Logging
@testable import ServiceKit
import Synchronization
import Testing
import Tracing

@Suite struct LogTests {
    /// What `body` logs, parsed line by line.
    private func logged(_ body: (LogSink) throws -> Void) throws -> [[String: Any]] {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try body(sink)
        sink.flush()
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        return try text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private func logger(_ sink: LogSink, level: Logger.Level = .info) -> Logger {
        Logger(label: "chat") { label in
            JSONLogHandler(label: label, level: level, service: "chat-service", version: "1.2", sink: sink)
        }
    }

    @Test func `a line is one object with the service, the message and the metadata`() throws {
        let lines = try logged { sink in
            var logger = logger(sink)
            logger[metadataKey: "room"] = "a\nb"
            logger[metadataKey: "hb.request.id"] = "7"
            logger.info("said \"hello\"", metadata: ["list": ["x", "y"], "map": ["k": "v"], "level": "mine"])
        }
        let line = try #require(lines.first)
        #expect(line["level"] as? String == "info")
        #expect(line["message"] as? String == "said \"hello\"")
        #expect(line["service"] as? String == "chat-service")
        #expect(line["version"] as? String == "1.2")
        #expect(line["room"] as? String == "a\nb")
        #expect(line["list"] as? [String] == ["x", "y"])
        #expect(line["map"] as? [String: String] == ["k": "v"])
        #expect(line["level_"] as? String == "mine")
        #expect(line["hb.request.id"] == nil)
        #expect(line["request_id"] == nil)
    }

    @Test func `a line within a request names it`() throws {
        let scope = RequestScope(requestID: "request-1", trace: .root())
        let lines = try logged { sink in
            var context = ServiceContext.topLevel
            context.request = scope
            ServiceContext.withValue(context) { logger(sink).warning("x") }
        }
        #expect(lines.first?["request_id"] as? String == "request-1")
        #expect(lines.first?["trace_id"] as? String == scope.trace.traceID)
    }

    @Test func `lines below the level are not written`() throws {
        let lines = try logged { sink in
            let logger = logger(sink, level: .warning)
            logger.info("no")
            logger.error("yes")
        }
        #expect(lines.map { $0["message"] as? String } == ["yes"])
    }

    @Test func `lines of many threads neither mix nor get lost`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: file) }
        let handle = try FileHandle(forWritingTo: file)
        let sink = LogSink(descriptor: handle.fileDescriptor)
        let logger = logger(sink)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<500 { logger.info("line", metadata: ["n": "\(thread)-\(number)"]) }
        }
        sink.flush()
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 4_000)
        let parsed = lines.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        #expect(Set(parsed.compactMap { $0["n"] as? String }).count == 4_000)
    }

    @Test func `a log that nobody reads stops nobody, and says afterwards how much it lost`() throws {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor, limit: 200_000)
        let logger = logger(sink)
        for number in 0..<5_000 { logger.info("line", metadata: ["n": "\(number)"]) }  // a pipe holds some 600 of them
        sink.flush(within: .milliseconds(10))
        let reading = DispatchGroup()
        let text = Mutex("")
        DispatchQueue.global().async(group: reading) {
            let data = pipe.fileHandleForReading.readDataToEndOfFile()
            text.withLock { $0 = String(decoding: data, as: UTF8.self) }
        }
        sink.flush(within: .seconds(60))
        logger.error("flows again")
        sink.flush(within: .seconds(60))
        try pipe.fileHandleForWriting.close()
        reading.wait()
        let lines = try text.withLock { $0 }.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        let dropped = lines.compactMap { $0["count"] as? Int }.reduce(0, +)
        let kept = lines.compactMap { ($0["n"] as? String).flatMap { Int($0) } }
        #expect(dropped > 0)
        #expect(kept.count + dropped == 5_000)
        #expect(kept == Array(0..<kept.count))  // the oldest, whole and in order
        #expect(lines.last?["message"] as? String == "flows again")
    }

    @Test func `a log whose reader has gone for good costs no memory`() throws {
        let pipe = Pipe()
        let sink = LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor, limit: 10_000)
        try pipe.fileHandleForReading.close()
        let logger = logger(sink)
        for _ in 0..<10 {
            for _ in 0..<20 { logger.info("to nobody") }
            sink.flush()
        }
        #expect(sink.waitingBytes == 0)
        try pipe.fileHandleForWriting.close()
    }
}
