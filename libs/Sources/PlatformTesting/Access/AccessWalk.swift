public import DomainKit
import Foundation
public import HTTPKit
import HTTPTypes
import Hummingbird
public import HummingbirdTesting
import NIOCore

/// Goes every route of a table as every kind of caller, and what the table does not have as well.
///
/// ```swift
/// let walk = AccessWalk(routes.table, callers: .strangers(...) + ...)
/// #expect(try await walk.findings(client) == [])
/// ```
public struct AccessWalk: Sendable {
    /// Somebody who asks.
    public struct Caller: Sendable {
        let name: String
        let authorization: String?
        let roles: Set<Role>?
        let scopes: Set<String>?

        /// - Parameter roles: what a token that holds says; nil for none, and for one that does not hold.
        public init(_ name: String, authorization: String?, roles: Set<Role>?) {
            self.name = name
            self.authorization = authorization
            self.roles = roles
            scopes = nil
        }

        /// A service, with a token of its own that holds.
        public init(service name: String, authorization: String, scopes: Set<String>) {
            self.name = name
            self.authorization = authorization
            self.scopes = scopes
            roles = nil
        }
    }

    /// What stands between a caller and a route.
    private enum Verdict: String {
        case passes, unauthenticated, forbidden, missing
    }

    private let table: AccessTable
    private let callers: [Caller]

    public init(_ table: AccessTable, callers: [Caller]) {
        self.table = table
        self.callers = callers
    }

    /// Where somebody is let in who should not be, or kept out who should not.
    public func findings(_ client: some TestClientProtocol) async throws -> [String] {
        var found: [String] = []
        for line in table.lines + heads() where !isMute(line) {
            for caller in callers {
                let expected = expected(line.access, caller)
                let (verdict, status) = try await ask(client, line.route.method, line.route.path, caller)
                if verdict != expected {
                    found.append("\(line.route), \(line.access), \(caller.name): \(status), expected \(expected)")
                }
            }
        }
        return try await found + undeclared(client)
    }

    /// What has no line leads nowhere, whoever asks: methods of known paths, and what other ports have.
    private func undeclared(_ client: some TestClientProtocol) async throws -> [String] {
        let declared = Set(table.routes + heads().map(\.route))
        let paths = Set(table.lines.filter { $0.access != .internal }.map(\.route.path))
        var found: [String] = []
        for path in paths.sorted() + ["/", "/internal/v1/revocations", "/v1", "/debug", "/admin"] {
            for method in Self.methods where !declared.contains(RouteEntry(method: method, path: path)) {
                for caller in callers {
                    let (_, status) = try await ask(client, method, path, caller)
                    if status != (paths.contains(path) ? 405 : 404) {
                        found.append("\(method) \(path), which nothing declares, \(caller.name): \(status)")
                    }
                }
            }
        }
        return found
    }

    /// Whether nobody can tell whose the refusal is: a route that judges by itself says no by the same statuses, and HEAD has
    /// no body to tell them apart.
    private func isMute(_ line: AccessTable.Line) -> Bool {
        guard case .proof = line.access else { return false }
        return line.route.method == .head
    }

    /// The edge answers HEAD wherever there is a GET, under the same rule.
    private func heads() -> [AccessTable.Line] {
        let declared = Set(table.routes)
        return table.lines.compactMap { line in
            let head = RouteEntry(method: .head, path: line.route.path)
            guard line.route.method == .get, !declared.contains(head) else { return nil }
            return AccessTable.Line(route: head, access: line.access)
        }
    }

    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]

    private func expected(_ access: Access, _ caller: Caller) -> Verdict {
        switch (access, caller.roles) {
        case (.scope(let scope, let roles), _):
            if let scopes = caller.scopes {
                scopes.contains(scope) ? .passes : .forbidden
            } else if let own = caller.roles {
                roles.isDisjoint(with: own) ? .forbidden : .passes
            } else {
                .unauthenticated
            }
        case (.open, _), (.proof, _), (.token, .some): .passes
        case (.token, nil), (.roles, nil): .unauthenticated
        case (.roles(let needed), .some(let roles)): needed.isDisjoint(with: roles) ? .forbidden : .passes
        // Not on this port.
        case (.internal, _): .missing
        }
    }

    private func ask(
        _ client: some TestClientProtocol, _ method: HTTPRequest.Method, _ path: String, _ caller: Caller
    ) async throws -> (Verdict, status: Int) {
        var fields: HTTPFields = [:]
        fields[.authorization] = caller.authorization
        let answer = try await client.execute(uri: Self.address(path), method: method, headers: fields, body: nil)
        let status = answer.status.code
        // A route may have reasons of its own for both statuses; those of the guard have their codes.
        let code = String(buffer: answer.body)
        let isGuards = { (wanted: String) in method == .head || code.contains("\"\(wanted)\"") }
        switch status {
        case 401 where isGuards("platform.unauthenticated"): return (.unauthenticated, status)
        case 403 where isGuards("platform.forbidden"): return (.forbidden, status)
        case 404 where code.contains("\"platform.not-found\""): return (.missing, status)
        default: return (.passes, status)
        }
    }

    /// An address the template has, of things there are not.
    private static func address(_ template: String) -> String {
        template.split(separator: "/", omittingEmptySubsequences: false).map { part in
            if part == "**" { return "nothing/here" }
            return part.hasPrefix("{") ? UUID().uuidString.lowercased() : String(part)
        }.joined(separator: "/")
    }
}
