import Mail
import Testing

@Suite struct MailURLTests {
    @Test func `the parts of a URL become the configuration`() throws {
        #expect(try MailURL("file:///var/mail%20box") == .file(folder: "/var/mail box"))
        #expect(
            try smtp("smtp://mx.example.com")
                == SMTPConfiguration(host: "mx.example.com", port: 587, encryption: .startTLS))
        #expect(
            try smtp("smtps://mx.example.com/")
                == SMTPConfiguration(host: "mx.example.com", port: 465, encryption: .implicit))
        let full = try smtp("smtps://us%40er:p%3Ass%2F@mx.example.com:2465?ca_file=/etc/ca.pem&name=me.example.com")
        #expect(full.credentials == .init(user: "us@er", password: "p:ss/") && full.port == 2_465)
        #expect(full.authoritiesFile == "/etc/ca.pem" && full.clientName == "me.example.com")
        for host in ["127.0.0.1", "localhost", "[::1]", "127.1.2.3"] {
            let here = try smtp("smtp://u:p@\(host):25?tls=off&auth=plaintext")
            #expect(here.encryption == .none && here.allowsPlaintextLogin && here.port == 25)
            #expect(try smtp("smtp://\(host)").encryption == .startTLSIfOffered)
            #expect(try smtp("smtp://\(host)").allowsPlaintextLogin == false)
        }
        #expect(try MailURL("ses://eu-west-1") == .ses(SESConfiguration(region: "eu-west-1")))
        #expect(SESConfiguration(region: "eu-west-1").endpoint == "https://email.eu-west-1.amazonaws.com")
        let ses = SESConfiguration(region: "r", endpoint: "http://127.0.0.1:5000", configurationSet: "main")
        #expect(try MailURL("ses://r?endpoint=http://127.0.0.1:5000/&configuration_set=main") == .ses(ses))
    }

    @Test(arguments: [
        "", "mx.example.com", "http://host", "file://", "file://host/dir", "file:dir", "file:///dir?x=1",
        "file:///dir#x", "file:///a%00b",
        "smtp://", "smtp://host:0", "smtp://host:65536", "smtp://host/x", "smtp://user@host", "smtp://:pass@host",
        "smtp://user:@host",
        "smtp://u%00ser:x@host", "smtp://host?tls=off", "smtp://host?auth=plaintext", "smtps://127.0.0.1?tls=off",
        "smtp://127.0.0.1?tls=on",
        "smtp://127.0.0.1?tls=off&tls=off", "smtp://127.0.0.1?auth=yes", "smtp://host?ca_file", "smtp://host?ca_file=",
        "smtp://host?x=1",
        "smtp://host?name=a%0D%0AMAIL", "smtp://host?name=a%20b", "smtp://ho%0D%0Ast", "smtp://ho%20st",
        "smtp://127.0.0.1.evil.com?tls=off",
        "smtp://127.0.0.256?tls=off", "ses://", "ses://eu-west-1/x", "ses://u:p@eu-west-1", "ses://eu-west-1:25",
        "ses://eu_west",
        "ses://r?endpoint=http://example.com", "ses://r?endpoint=ftp://127.0.0.1", "ses://r?endpoint=https://",
        "ses://r?endpoint=https://u@h",
        "ses://r?endpoint=https://h/path", "ses://r?region=x", "smtp://" + String(repeating: "a", count: 5_000),
    ])
    func `what cannot be meant is refused`(url: String) {
        #expect(throws: UnusableMailURL.self) { try MailURL(url) }
    }

    @Test(arguments: [
        "smtp://u:hunter2@hunter2/hunter2", "smtp://u:hunter2@host:0", "smtps://hunter2@host", "hunter2://hunter2",
        "smtp://u:hunter2@[host",
        "smtp://u:p@host?hunter2=1", "ses://r?endpoint=http://u:hunter2@hunter2",
    ])
    func `an error repeats nothing of the URL`(url: String) {
        let error = #expect(throws: UnusableMailURL.self) { try MailURL(url) }
        #expect(error.map { !"\($0)".contains("hunter2") } == true)
    }

    @Test func `nothing printed shows what it was made of`() throws {
        let url = try MailURL("smtp://hunter2:hunter2@hunter2.example?ca_file=/hunter2&name=hunter2")
        var told = "\(url)" + String(reflecting: url)
        dump(url, to: &told)
        if case .smtp(let configuration) = url {
            told +=
                "\(configuration)" + String(reflecting: configuration)
                + "\(String(describing: configuration.credentials))"
            dump(configuration, to: &told)
            dump(configuration.credentials, to: &told)
            dump(SMTPTransport(configuration), to: &told)
        }
        #expect(!told.contains("hunter2"))
    }

    private func smtp(_ url: String) throws -> SMTPConfiguration {
        guard case .smtp(let configuration) = try MailURL(url) else { throw UnexpectedForm() }
        return configuration
    }

    private struct UnexpectedForm: Error {}
}
