internal import CLibPQ
internal import DequeModule

// MARK: - Whose answer is whose

extension Pipeline {
    /// Reads what has arrived and hands over every request whose answer is complete, in the order they were sent.
    func receive(_ finish: (Request) -> Void) {
        if !connection.consumeInput() { isBroken = true }
        while !isBroken, let step = steps.first, !connection.isBusy {
            if let result = connection.nextResult() {
                take(result, for: step, finish)
            } else {
                conclude(step, finish)
            }
        }
        if connection.isBroken { isBroken = true }
    }

    private func take(_ result: LibPQResult, for step: Step, _ finish: (Request) -> Void) {
        switch (result.status, step) {
        case (PGRES_PIPELINE_SYNC, .sync(let request)):
            steps.removeFirst()
            if request != nil { end(requests.removeFirst(), finish) }
        case (PGRES_TUPLES_OK, .execute(_, let request)), (PGRES_COMMAND_OK, .execute(_, let request)),
            (PGRES_EMPTY_QUERY, .execute(_, let request)), (PGRES_TUPLES_OK, .script(let request)),
            (PGRES_COMMAND_OK, .script(let request)), (PGRES_EMPTY_QUERY, .script(let request)):
            request.add(PostgresRows(result))
        case (PGRES_COMMAND_OK, .prepare(let entry, _)):
            entry.isConfirmed = true
        case (PGRES_COMMAND_OK, .deallocate):
            break
        case (PGRES_FATAL_ERROR, _), (PGRES_PIPELINE_ABORTED, _):
            fail(step, result)
        case (PGRES_COPY_IN, _), (PGRES_COPY_OUT, _), (PGRES_COPY_BOTH, _):
            requests.first?.error = PostgresError(.usage, "COPY is not supported")
            isBroken = true
        default:
            isBroken = true  // an answer that belongs to nothing
        }
    }

    /// The request's answer is complete: looks where the connection stands.
    private func end(_ request: Request, _ finish: (Request) -> Void) {
        let status = connection.transactionStatus
        if steps.isEmpty { isTaken = false }
        if isShared, status == .open || status == .failed {
            leavesTraces = true
            request.error = request.error ?? PostgresError(.usage, "a transaction needs a connection of its own")
        }
        request.note(status, leavesTraces: leavesTraces)
        finish(request)
    }

    private func fail(_ step: Step, _ result: LibPQResult) {
        switch step {
        case .prepare(let entry, let request):
            cache.forget(entry)
            request.error = request.error ?? result.error
        case .execute(let entry, let request):
            guard request.error == nil else { return }
            let error = result.error
            request.error = error
            // 26000: the server does not know the name, after DISCARD ALL or a failed parse just before.
            if error.sqlState == "26000" || error.routine == "RevalidateCachedQuery" {
                request.isPlanStale = true
                cache.drop(entry)
            }
        case .script(let request):
            request.error = request.error ?? result.error
        case .deallocate, .sync:
            break
        }
    }

    /// No more results for this step.
    private func conclude(_ step: Step, _ finish: (Request) -> Void) {
        switch step {
        case .sync:
            isBroken = true
        case .prepare, .execute, .deallocate:
            steps.removeFirst()
        case .script:
            steps.removeFirst()
            if !connection.enterPipelineMode() { isBroken = true }
            end(requests.removeFirst(), finish)
        }
    }

    func nextNotification() -> (channel: String, payload: String)? { connection.nextNotification() }

    /// Takes back every request that has no answer yet.
    func abandonAll() -> [Request] {
        defer {
            requests.removeAll()
            steps.removeAll()
        }
        return Array(requests)
    }
}
