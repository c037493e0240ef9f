extension PostgresClient {
    /// Runs `body` and closes the client after it, however it ended: for a command that needs the database once. A service
    /// runs its client instead.
    nonisolated(nonsending) public func closing<Value>(
        after body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body()
            await close()
            return value
        } catch {
            await close()
            throw error
        }
    }
}
