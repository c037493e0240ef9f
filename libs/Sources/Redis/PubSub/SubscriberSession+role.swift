internal import NIOCore

extension SubscriberSession {
    /// Sees to it that the messages of the primary are the ones that come.
    ///
    /// A subscribed connection may ask nothing (RESP2), so a fresh one asks every few seconds where the address leads
    /// by now: to a replica, or to another process than ours, and ours is left.
    func watchRole(of serverID: String?) {
        roleWatch?.cancel()
        let interval = TimeAmount(configuration.roleInterval)
        let watched = handler
        roleWatch = link.eventLoop.assumeIsolated().scheduleTask(in: interval) { [self] in
            let opening = Link.open(configuration, on: link.eventLoop)
            opening.assumeIsolated().whenComplete { [self] result in
                if case .success(let opened) = result { opened.channel.close(promise: nil) }
                guard let watched, watched === handler else { return }
                switch result {
                case .success(let opened) where serverID != nil && opened.serverID.map { $0 != serverID } == true:
                    watched.close()
                case .failure(let error) where error as? RedisError == .notPrimary: watched.close()
                // A server that cannot be reached is the keep-alive's business.
                case .success, .failure: watchRole(of: serverID)
                }
            }
        }
    }
}
