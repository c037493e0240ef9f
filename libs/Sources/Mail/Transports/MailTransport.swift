/// A way for mail to leave: files, SMTP, SES. One call hands over one message, to all of its recipients or to none.
public protocol MailTransport: Sendable {
    /// Returns when the message is in other hands (or durably in a file).
    ///
    /// Fails: `MailFailure`, whose `outcome` says what may be done. Nothing is tried again behind the caller's back but what certainly did
    /// not go out. Cancelled while it waits its turn, it fails with `.tryAgain`; a message under way goes to its end, which the time-outs bound.
    func send(_ message: MailMessage) async throws(MailFailure)

    /// Gives connections back, after the message that is under way. Later ones fail with `.tryAgain`.
    func close() async
}

extension MailTransport {
    public func close() async {}
}
