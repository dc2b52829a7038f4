import Glibc
import Volumes

extension SQLiteStore {
    /// Whether anything in `directory` can be a volume; a filesystem's own `lost+found` can't.
    static func hasVolumes(in directory: String) -> Bool {
        guard let stream = opendir(directory) else { return false }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if (try? VolumeName(name)) != nil { return true }
        }
        return false
    }
}
