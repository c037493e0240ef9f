/// Where SES is asked.
public struct SESConfiguration: Sendable, Hashable {
    public var region: String
    /// Without a trailing slash; AWS's own for the region by default.
    public var endpoint: String
    /// Of SES: which events are kept, which addresses are used.
    public var configurationSet: String?
    /// For the whole answer.
    public var timeout: Duration = .seconds(30)

    public init(region: String, endpoint: String? = nil, configurationSet: String? = nil) {
        self.region = region
        self.endpoint = endpoint ?? "https://email.\(region).amazonaws.com"
        self.configurationSet = configurationSet
    }
}
