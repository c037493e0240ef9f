package import Foundation

/// What comes with a new credential (WebAuthn level 3 §6.5.4).
package struct AttestationObject: Sendable, Hashable {
    package let authenticatorData: Data
    /// `none` says nothing about where the key is; what others say is not looked at.
    package let format: String

    /// Fails: `malformedAttestation` for anything but a map of `fmt`, `attStmt` and `authData`, for a statement of the format
    /// `none` that has something in it, and for one of another format that has nothing.
    package init(_ bytes: Data) throws(CeremonyFailure) {
        guard let item = try? CBORReader.item(bytes), case .map(let entries) = item, entries.count == 3,
            case .text(let format)? = item[.text("fmt")], 1...32 ~= format.utf8.count,
            case .map(let statement)? = item[.text("attStmt")], (format == "none") == statement.isEmpty,
            case .bytes(let data)? = item[.text("authData")]
        else { throw .malformedAttestation }
        authenticatorData = data
        self.format = format
    }
}
