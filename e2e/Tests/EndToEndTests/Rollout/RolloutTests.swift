import Testing

extension EndToEnd {
    /// What a cluster does in a rollout, with the programs of an older commit: `make rollout-test` builds them and starts a platform on them.
    @Suite(
        .serialized,
        .enabled(if: Release.previousPrograms != nil, "make rollout-test starts a platform on older programs"))
    struct RolloutTests {
        @Test(.timeLimit(.minutes(15)))
        func `a release goes out over the one before it, and back, and forward: nothing is lost and nobody is refused`()
            async throws
        {
            var everything = [try await Belongings.make(at: .old), try await Belongings.make(at: .new)]

            let whileMigrating = try await Load.begin()
            try await Platform.migrate()
            try await whileMigrating.end()
            for belongings in everything { try await belongings.check(at: .old) }
            everything.append(try await Belongings.make(at: .old))

            let replicas: [Platform.Part] = [.secondUser, .secondVideo, .secondChat]
            for part in replicas { try await Platform.start(part) }
            let sideBySide = try await Load.begin()
            everything += [try await Belongings.make(at: .old), try await Belongings.make(at: .new)]
            for belongings in everything {
                for release in [Release.old, .new] { try await belongings.check(at: release) }
            }
            for (first, second) in Release.bothWays {
                try await Crossing(from: first, to: second).go(with: try await Belongings.make(at: first))
            }
            try await sideBySide.end()

            // Rolled back: the older programs alone, on what both have written.
            for part in replicas { try await Platform.start(part, with: Release.previousPrograms) }
            for belongings in everything { try await belongings.check(at: .new) }
            everything.append(try await Belongings.make(at: .old))

            // And out to the end.
            for part in replicas + [.user, .video, .firstChat] { try await Platform.start(part) }
            for belongings in everything {
                for release in [Release.old, .new] { try await belongings.check(at: release) }
            }
        }
    }
}
