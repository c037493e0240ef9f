import Foundation

/// Where the embedded store keeps what, below one root directory.
///
///     objects/<key>                     whole objects
///     uploads/<id>.<key, / as +>        uploads under way; `+` is in no key, so the name gives the key back
struct FileLayout: Sendable {
    let objects: String
    let uploads: String

    init(root: String) {
        objects = root + "/objects"
        uploads = root + "/uploads"
    }

    func path(of key: ObjectKey) -> String {
        "\(objects)/\(key)"
    }

    /// Nil when the upload's id is not one this store makes, which keeps foreign ids out of paths.
    func path(of upload: ObjectUpload) -> String? {
        guard let uuid = UUID(uuidString: upload.id), upload.id == uuid.uuidString else { return nil }
        return "\(uploads)/\(upload.id).\(upload.key.description.replacing("/", with: "+"))"
    }

    /// The upload a file in the uploads directory belongs to.
    func upload(named name: String) -> ObjectUpload? {
        guard let dot = name.firstIndex(of: "."), UUID(uuidString: String(name[..<dot])) != nil,
            let key = ObjectKey(String(name[dot...].dropFirst()).replacing("+", with: "/"))
        else { return nil }
        return ObjectUpload(key: key, id: String(name[..<dot]))
    }
}
