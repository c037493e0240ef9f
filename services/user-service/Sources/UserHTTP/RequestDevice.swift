import HTTPKit
import HTTPTypes
import Hummingbird
import UserDomain
import AuthKit

extension Device {
    /// The one a request comes from.
    init(_ request: Request, _ context: CallerContext) {
        self.init(userAgent: request.headers[.userAgent], address: context.clientAddress)
    }
}
