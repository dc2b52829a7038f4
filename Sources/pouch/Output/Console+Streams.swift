import Glibc
import PouchClient

extension Console {
    /// Writes what a container wrote, to where it did.
    static func write(_ bytes: ArraySlice<UInt8>, to stream: OutputStream) throws {
        try bytes.withUnsafeBufferPointer { bytes in
            try write(bytes, to: stream == .stdout ? STDOUT_FILENO : STDERR_FILENO)
        }
    }
}
