import UserDomain

/// What an owner is told by mail of what was done to the account.
struct NoticeWords: Sendable {
    let subject: String
    let told: String
    let advice: String

    init(_ kind: SecurityEvent.Kind, in language: Language) {
        (subject, told) = language == .japanese ? Self.japanese(kind) : Self.english(kind)
        advice =
            language == .japanese
            ? "お心当たりがない場合は、すぐにパスワードを再設定してください。すべてのセッションが終了します。"
            : "If it was not you, set a new password at once: all sessions end with that."
    }

    private static func english(_ kind: SecurityEvent.Kind) -> (String, String) {
        switch kind {
        case .passwordChanged:
            (
                "Your password was changed",
                "The password of your account at Hiroba was changed, and sessions on other devices have ended."
            )
        case .passwordReset:
            (
                "A new password was set",
                "A new password was set for your account at Hiroba by way of a mail to this address, and all sessions have "
                    + "ended."
            )
        case .newDevice:
            (
                "A new device signed in",
                "Somebody, probably you, signed in to your account at Hiroba on a device that it did not know."
            )
        case .refreshTokenReused:
            (
                "A session was ended to keep you safe",
                "A token of a session at Hiroba came back after it had been replaced: somebody may have a copy. The session "
                    + "has ended for everybody; sign in again."
            )
        case .emailChanged:
            (
                "Your e-mail address was changed",
                "Your account at Hiroba has another e-mail address now. From now on, mail goes there."
            )
        case .totpEnabled:
            ("Codes are asked for now", "Signing in to your account at Hiroba asks for a code of your app from now on.")
        case .totpDisabled:
            ("Codes are not asked for any more", "Signing in to your account at Hiroba asks for no code any more.")
        case .recoveryCodesMade:
            ("New recovery codes", "New recovery codes were made for your account at Hiroba; former ones are void.")
        case .recoveryCodeUsed:
            ("A recovery code was used", "A recovery code of your account at Hiroba was used; it is void now.")
        case .passkeyAdded:
            ("A passkey was added", "A passkey was added to your account at Hiroba.")
        case .passkeyRemoved:
            ("A passkey was removed", "A passkey was removed from your account at Hiroba.")
        case .erasureRequested:
            (
                "Your account is to be erased",
                "It was asked that your account at Hiroba be erased with all its data. Sign in before then to keep it."
            )
        case .erasureCancelled:
            ("Your account stays", "Your account at Hiroba is not going to be erased any more.")
        case .dataExportRequested:
            ("A copy of your data is being made", "A copy of all data of your account at Hiroba was asked for.")
        }
    }

    private static func japanese(_ kind: SecurityEvent.Kind) -> (String, String) {
        switch kind {
        case .passwordChanged:
            ("パスワードが変更されました", "広場のアカウントのパスワードが変更され、ほかの端末のセッションは終了しました。")
        case .passwordReset:
            ("パスワードが再設定されました", "このアドレスへのメールを使って広場のパスワードが再設定され、すべてのセッションが終了しました。")
        case .newDevice:
            ("新しい端末からのサインイン", "これまで使われていない端末から、広場のアカウントへのサインインがありました。")
        case .refreshTokenReused:
            (
                "安全のためセッションを終了しました",
                "置き換え済みのトークンが再び使われました。写しを持つ人がいるおそれがあるため、広場のそのセッションを終了しました。もう一度サインインしてください。"
            )
        case .emailChanged:
            ("メールアドレスが変更されました", "広場のアカウントのメールアドレスが変更されました。今後のメールは新しいアドレスに届きます。")
        case .totpEnabled: ("確認コードが必要になりました", "広場へのサインインには、今後アプリの確認コードが必要です。")
        case .totpDisabled: ("確認コードが不要になりました", "広場へのサインインに、確認コードは不要になりました。")
        case .recoveryCodesMade: ("新しいリカバリーコード", "広場のアカウントのリカバリーコードが新しく作られました。以前のものは使えません。")
        case .recoveryCodeUsed: ("リカバリーコードが使われました", "広場のアカウントのリカバリーコードが一つ使われました。そのコードはもう使えません。")
        case .passkeyAdded: ("パスキーが追加されました", "広場のアカウントにパスキーが追加されました。")
        case .passkeyRemoved: ("パスキーが削除されました", "広場のアカウントからパスキーが削除されました。")
        case .erasureRequested:
            ("アカウントは消去されます", "広場のアカウントとすべてのデータの消去が求められました。残す場合は、それまでにサインインしてください。")
        case .erasureCancelled: ("アカウントは残ります", "広場のアカウントの消去は取りやめになりました。")
        case .dataExportRequested: ("データの写しを作成しています", "広場のアカウントのすべてのデータの写しが求められました。")
        }
    }
}
