import Synchronization

/// What has been learnt of images, so that not every container has to look it up again.
///
/// It is about layers that nobody writes to any more, so it never becomes wrong.
final class ImageFacts: Sendable {
    /// What an image has at a place where a volume is to be.
    enum Place: Hashable, Sendable {
        /// No directory.
        case nothing
        /// A directory without entries and attributes, which looks like this.
        case emptyDirectory(mode: UInt32, user: UInt32, group: UInt32)
        case directory
    }

    private struct Key: Hashable {
        let chain: String
        let path: String
    }

    private struct State {
        var places: [Key: Place] = [:]
        var accounts: [String: Accounts] = [:]
    }

    /// Beyond that it starts afresh: it only saves time.
    private static let most = 4096
    private let state = Mutex(State())

    func place(_ path: String, in image: Image) -> Place? {
        state.withLock { $0.places[Key(chain: image.chainID, path: path)] }
    }

    func learn(_ place: Place, at path: String, in image: Image) {
        state.withLock { state in
            if state.places.count >= Self.most { state.places = [:] }
            state.places[Key(chain: image.chainID, path: path)] = place
        }
    }

    func accounts(of image: Image) -> Accounts? {
        state.withLock { $0.accounts[image.chainID] }
    }

    func learn(_ accounts: Accounts, of image: Image) {
        state.withLock { state in
            if state.accounts.count >= Self.most { state.accounts = [:] }
            state.accounts[image.chainID] = accounts
        }
    }
}
