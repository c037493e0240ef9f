import Foundation

/// Where the embedded store keeps what, below one root directory.
///
///     objects/<key>                     whole objects
///     uploads/<name>                    uploads under way, as far as their bytes came one after another
///     parts/<name>/<number>             their parts, if that is how they come
///
/// A name is `<id>.<key, / as +>`; `+` is in no key, so the name gives the key back.
struct FileLayout: Sendable {
    let objects: String
    let uploads: String
    let parts: String

    init(root: String) {
        objects = root + "/objects"
        uploads = root + "/uploads"
        parts = root + "/parts"
    }

    func path(of key: ObjectKey) -> String {
        "\(objects)/\(key)"
    }

    /// Nil when the upload's id is not one this store makes, which keeps foreign ids out of paths.
    func path(of upload: ObjectUpload) -> String? {
        name(of: upload).map { "\(uploads)/\($0)" }
    }

    /// The directory of an upload's parts.
    func partsPath(of upload: ObjectUpload) -> String? {
        name(of: upload).map { "\(parts)/\($0)" }
    }

    private func name(of upload: ObjectUpload) -> String? {
        guard let uuid = UUID(uuidString: upload.id), upload.id == uuid.uuidString else { return nil }
        return "\(upload.id).\(upload.key.description.replacing("/", with: "+"))"
    }

    /// The upload an entry of `uploads` or `parts` belongs to.
    func upload(named name: String) -> ObjectUpload? {
        guard let dot = name.firstIndex(of: "."), UUID(uuidString: String(name[..<dot])) != nil,
            let key = ObjectKey(String(name[dot...].dropFirst()).replacing("+", with: "/"))
        else { return nil }
        return ObjectUpload(key: key, id: String(name[..<dot]))
    }
}
