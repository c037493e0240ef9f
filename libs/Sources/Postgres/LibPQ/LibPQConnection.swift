internal import CLibPQ

/// One connection's libpq calls with Swift's types, and nothing more: no waiting, no state of its own.
///
/// Not thread-safe, as libpq is not: only the thread that drives the connection holds one.
struct LibPQConnection: ~Copyable {
    private let pointer: OpaquePointer

    /// Connects, trying the hosts of the connection string in turn, and enters pipeline mode.
    ///
    /// Blocks: libpq resolves names, keeps `connect_timeout` per host and checks `target_session_attrs` by itself
    /// only in this form, and the caller has a thread to spend. Fails with kind `.unavailable`.
    static func connect(_ parameters: [(key: String, value: String)]) throws(PostgresError) -> LibPQConnection {
        let keys = CStrings(parameters.map(\.key))
        let values = CStrings(parameters.map(\.value))
        guard let pointer = PQconnectdbParams(keys.pointers, values.pointers, 1) else {
            throw PostgresError(.unavailable, "out of memory")
        }
        let connection = LibPQConnection(pointer: pointer)
        guard PQstatus(pointer) == CONNECTION_OK, PQsetnonblocking(pointer, 1) == 0 else {
            throw PostgresError(.unavailable, FailureReason.words(for: connection.errorMessage))
        }
        PQsetNoticeReceiver(pointer, { _, _ in }, nil)  // libpq would print them to stderr
        return connection
    }

    private init(pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQfinish(pointer)
    }

    var socket: Int32 { PQsocket(pointer) }
    var isBroken: Bool { PQstatus(pointer) == CONNECTION_BAD }
    /// May hold parts of the connection string: not for anybody's eyes before `FailureReason` has read it.
    private var errorMessage: String { String(cString: PQerrorMessage(pointer)) }
    var failure: String { FailureReason.words(for: errorMessage) }

    /// Which of several hosts it leads to, as parameters for another connection to the same.
    var address: [(key: String, value: String)] {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String { value.map { String(cString: $0) } ?? "" }
        return [
            ("host", text(PQhost(pointer))), ("hostaddr", text(PQhostaddr(pointer))), ("port", text(PQport(pointer))),
        ]
    }

    /// Where the connection stands after the last sync. `.unknown` while answers are due.
    var transactionStatus: TransactionStatus {
        switch PQtransactionStatus(pointer) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_INTRANS: .open
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    func enterPipelineMode() -> Bool { PQenterPipelineMode(pointer) == 1 }
    func exitPipelineMode() -> Bool { PQexitPipelineMode(pointer) == 1 }

    // MARK: Sending. False means that the connection is broken or libpq refuses.

    func sendPrepare(name: borrowing CString, text: String, types: [SQL.Placeholder]) -> Bool {
        withUnsafeTemporaryAllocation(of: Oid.self, capacity: max(1, types.count)) { oids in
            for (index, placeholder) in types.enumerated() {
                oids.initializeElement(at: index, to: placeholder.type.oid)
            }
            return PQsendPrepare(pointer, name.pointer, text, Int32(types.count), oids.baseAddress) == 1
        }
    }

    /// Executes a prepared statement, asking for binary results.
    func sendExecute(name: borrowing CString, binds sql: SQL) -> Bool {
        let count = sql.placeholders.count
        if count == 0 { return PQsendQueryPrepared(pointer, name.pointer, 0, nil, nil, nil, 1) == 1 }
        return withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 2) { numbers in
                sql.bytes.withUnsafeBytes { bytes in
                    let empty = UnsafePointer<CChar>(bitPattern: 1)  // a value of no bytes is not NULL
                    for (index, placeholder) in sql.placeholders.enumerated() {
                        let start = bytes.baseAddress.map {
                            ($0 + placeholder.offset).assumingMemoryBound(to: CChar.self)
                        }
                        values.initializeElement(at: index, to: placeholder.length < 0 ? nil : start ?? empty)
                        numbers.initializeElement(at: index, to: Int32(max(0, placeholder.length)))
                        numbers.initializeElement(at: count + index, to: placeholder.type == .unspecified ? 0 : 1)
                    }
                    return PQsendQueryPrepared(
                        pointer, name.pointer, Int32(count), values.baseAddress, numbers.baseAddress,
                        numbers.baseAddress.map { $0 + count }, 1) == 1
                }
            }
        }
    }

    /// Any number of statements without binds, outside pipeline mode.
    func sendScript(_ text: String) -> Bool { PQsendQuery(pointer, text) == 1 }

    /// One statement without binds or name, in pipeline mode.
    func sendUnnamed(_ text: String) -> Bool { PQsendQueryParams(pointer, text, 0, nil, nil, nil, nil, 0) == 1 }

    /// Ends the implicit transaction of what was sent since the last one, and pushes everything out.
    func sendSync() -> Bool { PQpipelineSync(pointer) == 1 }

    /// Pushes out what the socket had no room for. Nil: broken; true: there is more.
    func flush() -> Bool? {
        switch PQflush(pointer) {
        case 0: false
        case 1: true
        default: nil
        }
    }

    // MARK: Receiving

    /// Reads what has arrived. False means that the connection is broken.
    func consumeInput() -> Bool { PQconsumeInput(pointer) == 1 }

    /// True while `nextResult` would have to wait.
    var isBusy: Bool { PQisBusy(pointer) != 0 }

    /// The next result; nil ends the results of one statement.
    func nextResult() -> LibPQResult? { PQgetResult(pointer).map(LibPQResult.init) }

    func nextNotification() -> (channel: String, payload: String)? {
        guard let notification = PQnotifies(pointer) else { return nil }
        defer { PQfreemem(notification) }
        return (String(cString: notification.pointee.relname), String(cString: notification.pointee.extra))
    }

    func canceller() -> LibPQCanceller? { PQgetCancel(pointer).map(LibPQCanceller.init) }
}

/// Whether a connection is inside a transaction.
enum TransactionStatus: Sendable {
    case idle
    case open
    case failed
    case unknown
}
