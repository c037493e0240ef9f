import DomainKit
import Foundation
import OneTimePasswords
import UserDomain

extension SecondFactorContract {
    public func opensASessionAfterBothSteps() async throws {
        let digest = ToySecrets().first()
        let (user, factor) = try await account(recovery: [digest])
        let device = ToySecrets().first()
        let step = step(user, factor, device: device)
        try promise(await factors.pendingSignIn(step.digest) == nil, "before the first step there is nothing")
        try promise(await factors.keep(step), "the first step is kept")
        let pending = try await factors.pendingSignIn(step.digest)
        try promise(pending?.user == user && pending?.step.knownDevice == device, "and found, with its device")
        try promise(pending?.kept.factor.id == factor.id && pending?.step.checked == hash, "and what was checked")
        let opening = opening(user, factor)
        try promise(
            await factors.open(opening, after: step.digest, proof: .step(100)) == .codeSpent, "no used code opens")
        let unknown = FactorProof.recovery(ToySecrets().first())
        try promise(
            await factors.open(opening, after: step.digest, proof: unknown) == .codeSpent, "nor does anybody's paper")
        try promise(await sessions.grant(opening.id) == nil, "not even half")
        try promise(await factors.open(opening, after: step.digest, proof: .step(101)) == .done, "a new one does")
        let session = try await sessions.grant(opening.id)?.session
        try promise(session?.methods == [.password, .oneTimeCode], "a session that says so")
        try promise(await factors.pendingSignIn(step.digest) == nil, "the step is used")
        let again = self.opening(user, factor)
        try promise(await factors.open(again, after: step.digest, proof: .step(102)) == .changed, "for good")
        try promise(await use(.step(102), of: user, factor, with: [digest]) == .done, "and takes no code along")
    }

    public func letsOneOfManyFinish() async throws {
        let (user, factor) = try await account()
        let one = step(user, factor)
        _ = try await factors.keep(one)
        let openings = (0..<50).map { _ in opening(user, factor) }
        let finished = try await winners { store, index in
            try await store.open(openings[index], after: one.digest, proof: .step(200 + Int64(index)))
        }
        try promise(finished == 1, "of fifty with one step one finishes, not \(finished)")
        let last = try await factors.factor(of: user.id)?.factor.lastStep
        for (index, opening) in openings.enumerated() where try await sessions.grant(opening.id) != nil {
            try promise(last == 200 + Int64(index), "and no other one's code is used up")
        }
        let steps = (0..<50).map { _ in step(user, factor) }
        for step in steps { _ = try await factors.keep(step) }
        let opened = try await winners { store, index in
            try await store.open(opening(user, factor), after: steps[index].digest, proof: .step(300))
        }
        try promise(opened == 1, "of fifty with one code one finishes, not \(opened)")
    }

    public func leadsNowhereOnceTheAccountChanged() async throws {
        let (user, factor) = try await account()
        let (stranger, foreign) = try await account()
        let step = step(user, factor)
        try promise(await factors.keep(step), "a step is kept")
        let theirs = opening(stranger, foreign)
        try promise(
            await factors.open(theirs, after: step.digest, proof: .step(101)) == .changed, "it is no other account's")
        try promise(await use(.step(101), of: stranger, foreign) == .done, "and uses none of its codes up")
        let new = PasswordHash(phc: "$2")
        _ = try await users.changePassword(of: user.id, from: hash, to: new, keeping: SessionID(UUID()))
        let late = opening(user, factor)
        try promise(
            await factors.open(late, after: step.digest, proof: .step(101)) == .changed, "a new password ends it")
        try promise(await sessions.grant(late.id) == nil, "and nothing is open")
        try promise(await !factors.keep(self.step(user, factor)), "nor does the old password make another step")
        try promise(
            await users.credentials(of: user.id)?.secondFactor == factor.id, "the factor outlives the password")
        try promise(await !sessions.open(.sample(of: user.id, checked: new)), "which opens nothing alone")
    }

    /// Whatever the order: a factor that is on has no session beside it that a password alone has opened.
    public func leavesNoSessionWithoutACode(rounds: Int = 40) async throws {
        for _ in 0..<rounds {
            let user = try await users.insert(.sample(), hash: hash)
            let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
            _ = try await factors.begin(factor, of: user.id)
            let openings = (0..<3).map { _ in SessionOpening.sample(of: user.id) }
            async let opened: Void = withThrowingTaskGroup { group in
                for opening in openings { group.addTask { _ = try await sessions.open(opening) } }
                try await group.waitForAll()
            }
            async let outcome = others.confirm(
                factor.id, step: 100, recoveryDigests: [], by: .sample(user.id))
            try promise(await outcome == .done, "the factor is turned on")
            try await opened
            for opening in openings {
                try promise(await sessions.grant(opening.id) == nil, "no session of a password alone is left")
            }
        }
    }
}
