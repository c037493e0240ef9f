public import Hummingbird

/// An error that another specification gives a form of its own, as RFC 6749 §5.2 does for its token endpoint: thrown by
/// what stands outermost before a route, it is sent as it is and not as a problem.
public struct AnswerOfItsOwnForm: Error, Sendable {
    public let response: Response

    public init(_ response: Response) {
        self.response = response
    }
}
