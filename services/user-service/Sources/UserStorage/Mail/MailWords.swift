import UserDomain

/// What a mail says.
struct MailWords: Sendable {
    /// Where the console takes a token.
    struct Action: Sendable {
        let label: String
        let path: String
        /// Before the token that stands alone on its line.
        let hint: String
    }

    let subject: String
    let before: [String]
    let action: Action?
    let after: [String]

    init(_ kind: MailKind, in language: Language) {
        self = language == .japanese ? .japanese(kind) : .english(kind)
    }

    private init(_ subject: String, _ before: [String], _ action: Action? = nil, _ after: [String] = []) {
        self.subject = subject
        self.before = before
        self.action = action
        self.after = after
    }

    /// Without the name where it may be read as a link: anybody can sign up with somebody else's address.
    static func greeting(_ name: String, in language: Language) -> String {
        guard !isLink(name) else { return language == .japanese ? "こんにちは。" : "Hello," }
        return language == .japanese ? "\(name) さん" : "Hello \(name),"
    }

    static func isLink(_ name: String) -> Bool {
        name.contains("://") || name.contains("@") || name.contains(/[\p{L}\p{N}][.．。｡][\p{L}\p{N}]{2}/)
    }

    private static func notice(_ words: NoticeWords) -> MailWords {
        MailWords(words.subject, [words.told], nil, [words.advice])
    }

    private static func english(_ kind: MailKind) -> MailWords {
        switch kind {
        case .verifyEmail:
            MailWords(
                "Verify your e-mail address",
                [
                    "Somebody, probably you, signed up at Hiroba with this address. Follow this link within 24 hours to "
                        + "verify it:"
                ],
                Action(label: "Verify the address", path: "verify-email", hint: "Or enter this token:"),
                ["If it was not you, do nothing: without it nobody can use the account."])
        case .accountExists:
            MailWords(
                "You already have an account",
                [
                    "Somebody, probably you, wanted to use this address at Hiroba. There is an account with it already: "
                        + "sign in, or set a new password if you do not know it.",
                    "If it was not you, do nothing: nothing was changed.",
                ])
        case .resetPassword:
            MailWords(
                "Set a new password",
                [
                    "Somebody, probably you, asked for a new password at Hiroba. Follow this link within an hour to set it:"
                ],
                Action(label: "Set a new password", path: "reset-password", hint: "Or enter this token:"),
                ["If it was not you, do nothing: your password stays as it is."])
        case .confirmFormerEmail:
            MailWords(
                "Do you want another e-mail address?",
                [
                    "Somebody, probably you, asked that your account at Hiroba have another e-mail address. If that is what you "
                        + "want, follow this link within 24 hours, and the one in the mail to the new address:"
                ],
                Action(label: "Use the new address", path: "confirm-email", hint: "Or enter this token:"),
                [
                    "If it was not you, do not follow the link, and set a new password at once: somebody knows the one you have."
                ])
        case .confirmNewEmail:
            MailWords(
                "Confirm your new e-mail address",
                [
                    "Somebody, probably you, wants to use this address for an account at Hiroba. Follow this link within 24 "
                        + "hours, and the one in the mail to the former address:"
                ],
                Action(label: "Confirm the address", path: "confirm-email", hint: "Or enter this token:"),
                ["If it was not you, do nothing: without it nothing changes."])
        case .notice(let event): notice(NoticeWords(event, in: .english))
        }
    }

    private static func japanese(_ kind: MailKind) -> MailWords {
        switch kind {
        case .verifyEmail:
            MailWords(
                "メールアドレスの確認",
                ["このアドレスで広場への登録がありました。24時間以内に次のリンクを開いて、アドレスを確認してください。"],
                Action(label: "アドレスを確認する", path: "verify-email", hint: "または、次のトークンを入力してください。"),
                ["お心当たりがない場合は、何もなさらないでください。確認されないアカウントは使えません。"])
        case .accountExists:
            MailWords(
                "アカウントは既にあります",
                [
                    "広場でこのアドレスを使うことが求められましたが、アカウントは既にあります。サインインするか、パスワードが分からない場合は新しく設定してください。",
                    "お心当たりがない場合は、何もなさらないでください。何も変更されていません。",
                ])
        case .resetPassword:
            MailWords(
                "パスワードの再設定",
                ["広場のパスワードの再設定が求められました。1時間以内に次のリンクを開いて、新しいパスワードを設定してください。"],
                Action(label: "パスワードを再設定する", path: "reset-password", hint: "または、次のトークンを入力してください。"),
                ["お心当たりがない場合は、何もなさらないでください。パスワードは変わりません。"])
        case .confirmFormerEmail:
            MailWords(
                "メールアドレスを変更しますか",
                ["広場のアカウントのメールアドレスの変更が求められました。変更する場合は、24時間以内に次のリンクと、新しいアドレスへのメールのリンクを開いてください。"],
                Action(label: "新しいアドレスを使う", path: "confirm-email", hint: "または、次のトークンを入力してください。"),
                ["お心当たりがない場合はリンクを開かず、すぐにパスワードを再設定してください。今のパスワードを知る人がいます。"])
        case .confirmNewEmail:
            MailWords(
                "新しいメールアドレスの確認",
                ["広場のアカウントにこのアドレスを使うことが求められました。24時間以内に次のリンクと、以前のアドレスへのメールのリンクを開いてください。"],
                Action(label: "アドレスを確認する", path: "confirm-email", hint: "または、次のトークンを入力してください。"),
                ["お心当たりがない場合は、何もなさらないでください。何も変わりません。"])
        case .notice(let event): notice(NoticeWords(event, in: .japanese))
        }
    }
}
