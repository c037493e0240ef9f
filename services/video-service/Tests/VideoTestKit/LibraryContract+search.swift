import DomainKit
import Foundation
import VideoDomain

extension LibraryContract {
    private func find(_ text: String, by viewer: Viewer, _ page: PageRequest = PageRequest()) async throws -> Page<
        Video
    > {
        try await videos.list(try VideoQuery(viewer: viewer, text: text), page)
    }

    func pagesSearches() async throws {
        let viewer = Sample.viewer()
        var (inTitle, elsewhere): ([VideoID], [VideoID]) = ([], [])
        for index in 0..<5 {
            let time = TimeInterval(index / 2)
            inTitle.append(try await add("花火大会 \(index)", after: time, ready: true).video.id)
            elsewhere.append(try await add("x", description: "花火 と 大会", after: time + 1, ready: true).video.id)
            _ = try await add("花火", after: time, ready: true)
        }
        // One's own are in their place among those of others.
        inTitle.append(try await add("大会の花火", .private, of: viewer.id, after: 1).video.id)
        var (seen, after): ([VideoID], Cursor?) = ([], nil)
        repeat {
            let page = try await find("大会 花火", by: viewer, PageRequest(limit: 2, after: after))
            seen += page.items.map(\.id)
            after = page.next
            _ = try await add("花火大会", after: 100, ready: true)
        } while after != nil
        try hold(seen.count == 11, "each once, and none that came meanwhile")
        try hold(Set(seen.prefix(6)) == Set(inTitle), "what has them in its title first")
        try hold(Set(seen.suffix(5)) == Set(elsewhere), "then what has them elsewhere")
        for wrong in [Cursor(["2", "0", "\(UUID())"]), Cursor(["x"]), Cursor([])] {
            do {
                _ = try await find("花火", by: viewer, PageRequest(limit: 2, after: wrong))
                try hold(false, "a foreign cursor is refused")
            } catch let failure as Failure {
                try hold(failure.kind == .invalidInput, "as bad input")
            }
        }
    }

    func searchesWhatIs() async throws {
        let other = Sample.viewer()
        var shown = try await add("隅田川", tags: ["Fireworks"], ready: true).video
        let hidden = try await add("隅田川", .private, ready: true).video.id
        _ = try await add("隅田川")
        try hold(try await find("隅田", by: other).items.map(\.id) == [shown.id], "strangers find what is shown")
        try hold(try await find("隅田", by: Viewer(owner)).items.count == 3, "one finds all of one's own")
        try hold(try await find("fireworks", by: other).items.map(\.id) == [shown.id], "tags are found")
        shown.version = 2
        shown.details = try Sample.details("墨田川", description: "隅田川とも")
        guard case .done = try await videos.update(shown) else { return try hold(false, "updated") }
        try hold(try await find("墨田", by: other).items.map(\.id) == [shown.id], "by what it is called now")
        try hold(try await find("隅田", by: other).items.map(\.id) == [shown.id], "by what is said of it")
        try hold(try await find("fireworks", by: other).items.isEmpty, "and not by what was")
        try hold(
            try await videos.list(try VideoQuery(viewer: other, owner: owner, text: "墨田"), PageRequest())
                .items.map(\.id) == [shown.id], "of one owner")
        try hold(
            try await videos.list(try VideoQuery(viewer: other, owner: other.id, text: "墨田"), PageRequest())
                .items.isEmpty, "and not of another")
        _ = hidden
    }
}
