public import DomainKit
public import HTTPKit
public import Hummingbird

/// What is known of one request on its way through a service: what the edge knows, and who is calling.
public struct CallerContext: EdgeContext {
    public var coreContext: CoreRequestContextStorage
    public var edge: EdgeState
    /// Who is calling; nil on routes that are open to all.
    public var principal: Principal?
    /// Which service is calling; nil when a person does, and on routes that are open to all.
    public var service: ServicePrincipal?

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        edge = EdgeState(source: source)
    }

    /// The caller's user id, or the client id of a service: limits and idempotency keys are kept per caller.
    public var callerID: String? { principal?.userID.lowercased ?? service.map { "client \($0.clientID)" } }

    /// Who is calling.
    ///
    /// Fails: unauthenticated, on a route that was declared open.
    public func caller() throws(Failure) -> Principal {
        guard let principal else { throw .unauthenticated(because: "no token") }
        return principal
    }
}
