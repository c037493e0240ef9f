public import DomainKit
import Foundation
public import IdentityEvents
public import UserDomain

extension InMemoryAccounts: ErasureStore {
    public func request(
        of seen: Credentials, on ground: ErasureGround, after grace: Duration, by author: AuditAuthor
    ) async throws -> ErasureRequest {
        try run { [now = clock.now] state in
            let id = seen.user.id
            guard var account = state.accounts[id] else { return .gone }
            guard account.hash == seen.hash, account.user.epoch == seen.user.epoch,
                account.secondFactor == seen.secondFactor
            else { return .stale }
            if account.user.roles.contains(.admin) { try state.mustKeepAnAdmin(but: id, at: now) }
            switch ground {
            case .password: break
            case .code(let proof): guard state.use(proof, of: id) else { return .codeSpent }
            case .session(let session): guard state.isOpen(session, of: id, at: now) else { return .stale }
            }
            let time = state.pending[id] ?? now.addingTimeInterval(grace / .seconds(1))
            state.pending[id] = time
            state.reset(&account, .erasureRequested, at: now)
            state.accounts[id] = account
            state.note(.erasureRequested, of: id, by: author, at: now)
            return .noted(eraseAt: time)
        }
    }

    public func eraseDue(most: Int) async throws -> Int {
        try run { [now = clock.now] state in
            let due = state.pending.filter { $0.value <= now }.sorted { $0.value < $1.value }.prefix(most)
            for (id, _) in due { state.erase(id, by: AuditAuthor(actor: .time), at: now) }
            return due.count
        }
    }

    public func erasures(after position: IdentityPosition?) async throws -> ErasurePage {
        try run { state in
            let isKnown = state.erasures.contains { $0.account.position == position }
            let items = state.erasures.map(\.account).filter { !isKnown || $0.position.seq > position?.seq ?? 0 }
            return ErasurePage(items: items, next: state.erasures.last?.account.position ?? .beginning)
        }
    }

    public func take(_ removed: [String: Int64], of user: UserID, from service: String) async throws -> Erasure? {
        try run { [now = clock.now] state in
            guard let index = state.erasures.firstIndex(where: { $0.account.userID == user.uuid }) else {
                throw Failure.erasureNotFound
            }
            let former = state.erasures[index]
            let reports =
                (former.reports.filter { $0.service != service } + [
                    ErasureReport(service: service, removed: removed, at: now)
                ]).sorted { $0.service < $1.service }
            let isFinished = ErasureReport.services.isSubset(of: reports.map(\.service))
            state.erasures[index] = Erasure(
                account: former.account, finishedAt: former.finishedAt ?? (isFinished ? now : nil), reports: reports)
            return isFinished && former.finishedAt == nil ? state.erasures[index] : nil
        }
    }

    public func list(_ filter: ErasureFilter, page: PageRequest) async throws -> Page<Erasure> {
        let before = try page.after.map { try ErasureCursor($0).seq } ?? .max
        return try run { state in
            let found = state.erasures.reversed().filter {
                $0.account.position.seq < before && (filter.user == nil || filter.user?.uuid == $0.account.userID)
                    && (filter.isFinished == nil || filter.isFinished == ($0.finishedAt != nil))
            }
            return Page(Array(found.prefix(page.limit + 1)), limit: page.limit) {
                ErasureCursor($0.account.position.seq).cursor
            }
        }
    }

    public func backlog() async throws -> ErasureBacklog {
        try run { [now = clock.now] state in
            let times =
                state.erasures.filter { $0.finishedAt == nil }.map(\.account.at)
                + state.pending.values.filter { $0 <= now }
            return ErasureBacklog(
                unfinished: times.count, oldest: .seconds(times.min().map(now.timeIntervalSince) ?? 0))
        }
    }
}

extension InMemoryAccounts.State {
    mutating func erase(_ id: UserID, by author: AuditAuthor, at now: Date) {
        guard var account = accounts[id] else { return }
        (accounts[id], reported[id], pending[id]) = (nil, nil, nil)
        reset(&account, .accountErased, at: now)
        note(.accountErased, of: id, by: author, at: now)
        devices = devices.filter { $0.value.user != id }
        factors[id] = nil
        passkeys = passkeys.filter { $0.value.userID != id }
        steps = steps.filter { $0.value.step.userID != id }
        events.removeAll { $0.userID == id }
        tokens = tokens.filter { $0.key.user != id }
        mails.removeAll { $0.user == id }
        changes[id] = nil
        guard let position = told.last?.position else { return }
        erasures.append(
            Erasure(
                account: ErasedAccount(userID: id.uuid, position: position, at: now), finishedAt: nil,
                reports: [ErasureReport(service: "user-service", removed: ["accounts": 1, "audit_texts": 0], at: now)]))
    }

    /// False when the account's time is over; an erasure whose time has not come is taken back.
    mutating func mayOpen(_ id: UserID, at now: Date) -> Bool {
        guard let time = pending[id] else { return true }
        guard time > now else { return false }
        pending[id] = nil
        note(.erasureCancelled, of: id, by: AuditAuthor(account: id, requestID: nil), at: now)
        return true
    }
}
