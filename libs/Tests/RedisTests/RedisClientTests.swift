import NIOCore
import PlatformTesting
import Redis
import Testing

@Suite struct RedisClientTests {
    @Test func `what is set can be read`() async throws {
        let redis = RedisClient(try await TestRedis.shared().configuration)
        #expect(try await redis.set("client:greeting", to: "今日は"))
        #expect(try await redis.get("client:greeting") == ByteBuffer(string: "今日は"))
        await redis.close()
    }
}
