public import AWSSigning

extension MailURL {
    /// The transport for it. `credentials` are asked for by `ses` alone.
    public func transport(
        credentials: any AWSCredentialsProvider = EnvironmentCredentials()
    ) -> any MailTransport {
        switch self {
        case .file(let folder): FileMailTransport(folder: folder)
        case .smtp(let configuration): SMTPTransport(configuration)
        case .ses(let configuration): SESTransport(configuration, credentials: credentials)
        }
    }
}
