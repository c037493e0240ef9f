public import DomainKit
public import HTTPKit
public import Hummingbird
public import NIOCore

/// What is known of one request on its way through a service.
public struct ServiceContext: EdgeContext {
    public var coreContext: CoreRequestContextStorage
    public var edge: EdgeState
    /// Who is calling; nil until `BearerMiddleware` has found out, and on routes that are open to all.
    public var principal: Principal?
    /// The connection, for bodies that go to the socket without passing through memory.
    public let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        edge = EdgeState(source: source)
        channel = source.channel
    }

    /// The caller's user id: limits and idempotency keys are kept per caller.
    public var callerID: String? { principal?.userID.lowercased }

    /// Who is calling.
    ///
    /// Fails: unauthenticated, on a route that `BearerMiddleware` does not cover.
    public func caller() throws(Failure) -> Principal {
        guard let principal else { throw .unauthenticated(because: "no token") }
        return principal
    }

    /// Who is calling, with one of `roles`.
    ///
    /// Fails: unauthenticated, forbidden.
    public func caller(in roles: String...) throws(Failure) -> Principal {
        let principal = try caller()
        guard roles.contains(where: principal.roles.contains) else {
            throw .lacksRole(roles.joined(separator: "|"))
        }
        return principal
    }
}
