import NIOCore
import Synchronization
import Volumes

/// The list of all volumes as bytes, kept from one request to the next.
///
/// While nothing changes it is sent as it is; after a change, only what changed is written anew.
final class VolumePage: Sendable {
    private struct Piece {
        /// The only parts of a volume with the same id that change and could show.
        let handle: [String: String]
        let options: [String: String]?
        let place: Range<Int>
    }

    private struct State {
        var generation: UInt64?
        var bytes = ByteBuffer()
        /// Where each volume is in the bytes, by id.
        var pieces: [String: Piece] = [:]
    }

    private let volumes: VolumeManager
    private let state = Mutex(State())

    init(of volumes: VolumeManager) {
        self.volumes = volumes
    }

    /// Others wait for the one who writes it anew, rather than do the same beside him.
    var bytes: ByteBuffer {
        state.withLock { state in
            if state.generation != volumes.generation { renew(&state) }
            return state.bytes
        }
    }

    private func renew(_ state: inout State) {
        let listing = volumes.list()
        var next = State(generation: listing.generation)
        next.bytes.reserveCapacity(state.bytes.readableBytes + 512)
        next.pieces.reserveCapacity(listing.volumes.count)
        next.bytes.writeList(of: listing.volumes) { volume, bytes in
            let start = bytes.writerIndex
            if let old = state.pieces[volume.id], old.handle == volume.handle,
                old.options == volume.options,
                let written = state.bytes.getSlice(
                    at: old.place.lowerBound, length: old.place.count)
            {
                bytes.writeImmutableBuffer(written)
            } else {
                VolumeJSON(volume, of: volumes).write(to: &bytes)
            }
            next.pieces[volume.id] = Piece(
                handle: volume.handle, options: volume.options, place: start..<bytes.writerIndex)
        }
        state = next
    }
}

extension ByteBuffer {
    /// The answer to a list: `write` writes one volume.
    mutating func writeList(
        of volumes: [Volume], warnings: [String] = [],
        _ write: (Volume, inout ByteBuffer) -> Void
    ) {
        writeStaticString(#"{"Volumes":["#)
        for (index, volume) in volumes.enumerated() {
            if index > 0 { writeStaticString(",") }
            write(volume, &self)
        }
        writeStaticString(#"],"Warnings":["#)
        for (index, warning) in warnings.enumerated() {
            if index > 0 { writeStaticString(",") }
            writeJSON(warning)
        }
        writeStaticString("]}\n")
    }
}
