public import HTTPTypes
public import Hummingbird

/// The routes of one port: the only way a service adds any, and each with who may call it.
///
/// ```swift
/// let routes = AccessRouter(verifier: verifier)
/// routes.get("/v1/rooms", .token, use: list)
/// routes.with(IdempotencyMiddleware(store: store)).post("/v1/rooms", .token, use: create)
/// Application(responder: routes.edge(), server: .edge(), ...)
/// ```
///
/// Whatever asks the caller stands before everything a group adds, so that limits and repeats are counted by caller. It is
/// put together here, once a route: a request looks nothing up.
public struct AccessRouter<Context: EdgeContext> {
    /// Something that stands before a route.
    public typealias Middleware = any MiddlewareProtocol<Request, Response, Context>

    private let book: Book
    private let middlewares: [Middleware]

    /// What is shared by all groups of one router.
    private final class Book {
        let router = Router(context: Context.self)
        let guarding: (Access) -> Middleware?
        var lines: [AccessTable.Line] = []

        init(guarding: @escaping (Access) -> Middleware?) {
            self.guarding = guarding
        }
    }

    /// - Parameter guarding: what asks callers of routes with this access; nil where nobody is asked.
    public init(guarding: @escaping (Access) -> Middleware?) {
        book = Book(guarding: guarding)
        middlewares = []
    }

    private init(book: Book, middlewares: [Middleware]) {
        self.book = book
        self.middlewares = middlewares
    }

    /// The same router, with something more around each route added through it.
    public func with(_ middleware: Middleware) -> AccessRouter {
        AccessRouter(book: book, middlewares: middlewares + [middleware])
    }

    /// Every route added until now.
    public var table: AccessTable { AccessTable(book.lines) }

    /// What the server answers with: these routes behind the platform's edge.
    public func edge(_ options: EdgeOptions = EdgeOptions()) -> EdgeResponder<Context> {
        book.router.edge(options)
    }

    /// Adds a route. `path` names its parameters in braces, as OpenAPI does, and all of a rest `**`.
    public func on(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access,
        use handler: @escaping @Sendable (Request, Context) async throws -> some ResponseGenerator
    ) {
        let group = book.router.group()
        if let guarding = book.guarding(access) { group.add(middleware: guarding) }
        for middleware in middlewares { group.add(middleware: middleware) }
        group.on(RouterPath(path), method: method, use: handler)
        book.lines.append(AccessTable.Line(route: RouteEntry(method: method, path: path), access: access))
    }
}

extension AccessRouter {
    public typealias Handler<Output: ResponseGenerator> = @Sendable (Request, Context) async throws -> Output

    public func get<Output>(_ path: String, _ access: Access, use handler: @escaping Handler<Output>) {
        on(.get, path, access, use: handler)
    }

    public func head<Output>(_ path: String, _ access: Access, use handler: @escaping Handler<Output>) {
        on(.head, path, access, use: handler)
    }

    public func post<Output>(_ path: String, _ access: Access, use handler: @escaping Handler<Output>) {
        on(.post, path, access, use: handler)
    }

    public func put<Output>(_ path: String, _ access: Access, use handler: @escaping Handler<Output>) {
        on(.put, path, access, use: handler)
    }

    public func patch<Output>(_ path: String, _ access: Access, use handler: @escaping Handler<Output>) {
        on(.patch, path, access, use: handler)
    }

    public func delete<Output>(_ path: String, _ access: Access, use handler: @escaping Handler<Output>) {
        on(.delete, path, access, use: handler)
    }
}
