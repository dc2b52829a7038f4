import Synchronization
import Volumes

/// What is known of uses that a plugin was told of.
final class PluginUses: Sendable {
    /// How often an Unmount that a plugin refuses is said to have failed. It comes again every few
    /// seconds, so this is about a minute: a plugin that is busy gets another chance, and one that has
    /// forgotten its mounts does not keep a volume in use for ever.
    static let chances = 12

    private struct State {
        /// Those whose Mount was refused, until the engine has been told so.
        var refused: Set<Reference> = []
        /// Those that were mounted by this daemon, with the refusals of their Unmount.
        var mounted: [Reference: Int] = [:]
    }

    private let state = Mutex(State())

    func noteMount(of use: Reference) {
        state.withLock { state in
            state.refused.remove(use)
            state.mounted[use] = 0
        }
    }

    func noteRefusal(of use: Reference) { state.withLock { _ = $0.refused.insert(use) } }

    /// Whether there is nothing to unmount, as the Mount was refused; asked once.
    func takeRefusal(of use: Reference) -> Bool {
        state.withLock { $0.refused.remove(use) != nil }
    }

    func noteUnmount(of use: Reference) {
        state.withLock { _ = $0.mounted.removeValue(forKey: use) }
    }

    /// Whether a use whose Unmount the plugin refuses is over all the same: nobody knows that it is
    /// mounted, so it may have heard this before we were cut off; or it has refused too often.
    func isOver(_ use: Reference) -> Bool {
        state.withLock { state in
            guard let refusals = state.mounted[use], refusals < Self.chances else {
                state.mounted[use] = nil
                return true
            }
            state.mounted[use] = refusals + 1
            return false
        }
    }
}
