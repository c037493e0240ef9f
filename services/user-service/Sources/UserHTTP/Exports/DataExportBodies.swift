import DomainKit
import HTTPKit
import IdentityEvents
import UserDomain

/// An export as whoever asked for it sees it.
struct DataExportBody: JSONWritable {
    let export: DataExport

    static func path(of id: DataExportID) -> String { "/v1/me/data-exports/\(id)" }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", export.id)
            $0.member("state", export.state.rawValue)
            $0.member("reason", export.reason?.rawValue)
            $0.member("url", export.state == .ready ? Self.path(of: export.id) + "/archive" : nil)
            $0.member("expires_at", export.expiresAt)
        }
    }
}

/// Exports that wait for a service's part.
struct ExportTasksBody: JSONWritable {
    let tasks: [ExportTask]

    func write(to json: inout JSONWriter) {
        json.object { body in
            body.member(
                "items",
                array: { list in
                    for task in tasks { list.element(TaskBody(task: task)) }
                })
        }
    }

    private struct TaskBody: JSONWritable {
        let task: ExportTask

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("id", task.id)
                $0.member("user_id", task.userID)
                $0.member("next", task.next)
                $0.member("place", task.place)
            }
        }
    }
}
