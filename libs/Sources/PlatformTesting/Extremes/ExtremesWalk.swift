import DomainKit
public import HTTPKit
public import HTTPTypes
public import HummingbirdTesting
import NIOCore

/// Sends a service every extreme value in every place its OpenAPI document has: path, query and header parameters, cursors
/// (also ones the service gave, with one part changed), members of JSON bodies, and header fields every service gets.
/// A parameter that is new in the document is covered by itself.
///
/// What it finds: an answer of 500 and above, none at all, a status the document does not have, and a service that does not
/// live on. A trap in the test's own process ends that, with the request as the last line written.
///
/// ```swift
/// @Test func `no extreme value is too much`() async throws {
///     try await TestService().serve { api in
///         let user = try await api.newUser()
///         let walk = ExtremesWalk(
///             try OpenAPIDocument(yaml: UserSpecification.bytes), samples: ["id": user.user, "If-Match": "*"])
///         let report = await walk.run(api.client, headers: [.authorization: "Bearer \(user.access)"])
///         #expect(report.findings == [])
///         #expect(report.requests > 1_000)
///     }
/// }
/// ```
public struct ExtremesWalk: Sendable {
    public struct Report: Sendable {
        /// One line a fault, at most ten of each operation.
        public internal(set) var findings: [String] = []
        public internal(set) var requests = 0
        /// How often each status came, by operation: a walk that got nothing but 401 tried nothing.
        public internal(set) var statuses: [RouteEntry: [Int: Int]] = [:]
    }

    public typealias Send = @Sendable (ExtremeRequest) async throws -> ExtremeAnswer

    private let document: OpenAPIDocument
    private let samples: [String: String]
    private let altersFraming: Bool
    private let every: Int

    /// - Parameters:
    ///   - samples: good values by the name of a parameter or of a member of a body, for what the document cannot know: ids
    ///     of things that are there, `*` for `If-Match`. `{n}` in one becomes another number in each request.
    ///   - altersFraming: whether `Content-Length` is made extreme too, which only a client without a socket can send.
    ///   - every: 10 sends a tenth of the requests, beginning at a random one.
    public init(
        _ document: OpenAPIDocument, samples: [String: String] = [:], altersFraming: Bool = true, every: Int = 1
    ) {
        self.document = document
        self.samples = samples
        self.altersFraming = altersFraming
        self.every = max(1, every)
    }

    /// Walks through a test client of Hummingbird's; alive is who still gives its own description.
    public func run(_ client: any TestClientProtocol, headers: HTTPFields = [:]) async -> Report {
        await run(headers: headers) { request in
            try await client.execute(
                uri: request.uri, method: request.method, headers: request.headers, body: request.body
            ) { ExtremeAnswer(status: $0.status.code, contentType: $0.headers[.contentType], body: $0.body) }
        } isAlive: {
            try await client.execute(uri: "/openapi.yaml", method: .get) { $0.status == .ok }
        }
    }

    /// Walks through `send`, with `headers` on every request that does not say otherwise, and asks `isAlive` after each.
    public func run(
        headers: HTTPFields = [:], send: Send, isAlive: @Sendable () async throws -> Bool
    ) async -> Report {
        var report = Report()
        for operation in document.samples(samples) {
            let known = await cursor(operation, headers, send)
            var faults = 0
            for var request in requests(operation, known) where faults < 10 {
                for field in headers where request.headers[field.name] == nil { request.headers.append(field) }
                report.requests += 1
                request.fill("{n}", with: String(report.requests))
                var status: Int?
                if let finding = await finding(request, operation, send, isAlive, &status) {
                    report.findings.append(finding)
                    faults += 1
                }
                let route = RouteEntry(method: operation.method, path: operation.template)
                if let status { report.statuses[route, default: [:]][status, default: 0] += 1 }
            }
        }
        return report
    }

    private func finding(
        _ request: ExtremeRequest, _ operation: OperationSample, _ send: Send, _ isAlive: () async throws -> Bool,
        _ status: inout Int?
    ) async -> String? {
        do {
            let answer = try await send(request)
            status = answer.status
            if answer.status >= 500 { return "\(request): \(answer.status) \(String(buffer: answer.body).prefix(300))" }
            guard document.hasStatus(answer.status, operation.method, operation.template) else {
                return "\(request): \(answer.status) is not documented"
            }
            return try await isAlive() ? nil : "\(request): the service is not alive any more"
        } catch {
            return "\(request): no answer: \(error)"
        }
    }

    /// The `next_cursor` of a list's first page. Nil for what is no list, or has only one page.
    private func cursor(_ operation: OperationSample, _ headers: HTTPFields, _ send: Send) async -> Cursor? {
        guard operation.method == .get, operation.parameters.contains(where: { $0.name == "cursor" }) else {
            return nil
        }
        let request = operation.request("first page", query: ["limit": "1"], headers: headers)
        guard let answer = try? await send(request),
            let page = try? JSONDecoding.decode(JSONValue.self, from: answer.body)
        else { return nil }
        return page["next_cursor"]?.plain.flatMap { Cursor(encoded: $0) }
    }

    // MARK: What is sent

    private func requests(_ operation: OperationSample, _ known: Cursor?) -> [ExtremeRequest] {
        let parameters = operation.parameters.flatMap { parameter -> [ExtremeRequest] in
            let values = parameter.name == "cursor" ? cursors(known) : ExtremeValues.all
            return values.compactMap { self.request(operation, parameter.place, parameter.name, $0) }
        }
        let fields = (ExtremeFields.all + (altersFraming ? ExtremeFields.framing : [])).flatMap { field in
            field.values.compactMap { request(operation, "header", field.name, $0) }
        }
        let all = [operation.request("nothing extreme")] + parameters + bodies(operation) + fields
        return stride(from: Int.random(in: 0..<every), to: all.count, by: every).map { all[$0] }
    }

    private func cursors(_ known: Cursor?) -> [String] {
        ExtremeValues.cursors + (known.map { ExtremeValues.cursors(like: $0) } ?? [])
    }

    private func request(
        _ operation: OperationSample, _ place: String, _ name: String, _ value: String
    ) -> ExtremeRequest? {
        let label = "\(place) \(name) = \(value.prefix(60))"
        switch place {
        // An empty part of a path is another path.
        case "path": return value.isEmpty ? nil : operation.request(label, path: [name: value])
        case "query": return operation.request(label, query: [name: value])
        default: return HTTPField.Name(name).map { operation.request(label, headers: [$0: value]) }
        }
    }

    private func bodies(_ operation: OperationSample) -> [ExtremeRequest] {
        guard let content = operation.content, let sample = content.sample else { return [] }
        let values =
            ExtremeValues.numbers.map { JSONValue.number($0) } + ExtremeValues.all.map { .string($0) }
            + [.null, .bool(true), .array([]), .object([])]
        let members = document.places(content.schema).flatMap { place in
            values.map { value in
                operation.request(
                    "body /\(place.joined(separator: "/")) = \(value.plain?.prefix(60) ?? "null")",
                    body: JSONWriter.buffer(of: sample.setting(value, at: place[...])))
            }
        }
        let whole = values.map {
            operation.request("body = \($0.plain?.prefix(60) ?? "null")", body: JSONWriter.buffer(of: $0))
        }
        return members + whole
    }
}
