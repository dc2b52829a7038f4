import Linux
import Synchronization
import Volumes

/// librados and librbd, as far as they are used here; loaded when first needed, so that one pouchd
/// serves hosts with and without Ceph.
///
/// What their headers say holds: each function answers 0 or more, or minus an errno.
// Function pointers of a library that stays loaded; librados may be called from any thread.
final class CephLibrary: @unchecked Sendable {
    typealias Handle = UnsafeMutableRawPointer
    typealias Place = UnsafeMutablePointer<Handle?>
    typealias Text = UnsafePointer<CChar>
    typealias Buffer = UnsafeMutablePointer<CChar>
    typealias Length = UnsafeMutablePointer<Int>
    typealias Progress = @convention(c) (UInt64, UInt64, Handle?) -> Int32
    typealias Extent = @convention(c) (UInt64, Int, Int32, Handle?) -> Int32

    /// `rbd_image_watcher_t`
    struct Watcher {
        var address: Buffer?
        var id: Int64 = 0
        var cookie: UInt64 = 0
    }

    /// `struct timeval`
    struct Duration {
        var seconds: Int64
        var microseconds: Int64 = 0
    }

    // The cluster.
    let create: @convention(c) (Place, Text?, Text?, UInt64) -> Int32
    let readConfiguration: @convention(c) (Handle?, Text?) -> Int32
    let configure: @convention(c) (Handle?, Text?, Text?) -> Int32
    let setting: @convention(c) (Handle?, Text?, Buffer?, Int) -> Int32
    let connect: @convention(c) (Handle?) -> Int32
    let shutdown: @convention(c) (Handle?) -> Void
    let instance: @convention(c) (Handle?) -> UInt64
    let clusterID: @convention(c) (Handle?, Buffer?, Int) -> Int32
    let awaitMap: @convention(c) (Handle?) -> Int32
    let command:
        @convention(c) (
            Handle?, UnsafeMutablePointer<Text?>, Int, Text?, Int,
            UnsafeMutablePointer<Buffer?>, Length, UnsafeMutablePointer<Buffer?>, Length
        ) -> Int32
    let freeBuffer: @convention(c) (Buffer?) -> Void

    // A pool, and objects in it.
    let openPool: @convention(c) (Handle?, Text?, Place) -> Int32
    let closePool: @convention(c) (Handle?) -> Void
    let setNamespace: @convention(c) (Handle?, Text?) -> Void
    /// Takes a `Duration`.
    let lock: @convention(c) (Handle?, Text?, Text?, Text?, Text?, Handle?, UInt8) -> Int32
    /// Takes a `Duration`.
    let lockShared:
        @convention(c) (Handle?, Text?, Text?, Text?, Text?, Text?, Handle?, UInt8) -> Int32
    let unlock: @convention(c) (Handle?, Text?, Text?, Text?) -> Int32
    let breakLock: @convention(c) (Handle?, Text?, Text?, Text?, Text?) -> Int32
    let listLockers:
        @convention(c) (
            Handle?, Text?, Text?, UnsafeMutablePointer<Int32>, Buffer?, Length, Buffer?, Length,
            Buffer?, Length, Buffer?, Length
        ) -> Int
    let attribute: @convention(c) (Handle?, Text?, Text?, Buffer?, Int) -> Int32
    let setAttribute: @convention(c) (Handle?, Text?, Text?, Text?, Int) -> Int32
    let removeObject: @convention(c) (Handle?, Text?) -> Int32
    let beginWrite: @convention(c) () -> Handle?
    let endWrite: @convention(c) (Handle?) -> Void
    let writeIfAttribute: @convention(c) (Handle?, Text?, UInt8, Text?, Int) -> Void
    let writeRemovingAttribute: @convention(c) (Handle?, Text?) -> Void
    let write: @convention(c) (Handle?, Handle?, Text?, Handle?, Int32) -> Int32

    // Images.
    let beginOptions: @convention(c) (Place) -> Void
    let endOptions: @convention(c) (Handle?) -> Void
    let setNumber: @convention(c) (Handle?, Int32, UInt64) -> Int32
    let setText: @convention(c) (Handle?, Int32, Text?) -> Int32
    let createImage: @convention(c) (Handle?, Text?, UInt64, Handle?) -> Int32
    let renameImage: @convention(c) (Handle?, Text?, Text?) -> Int32
    let removeImage: @convention(c) (Handle?, Text?, Progress?, Handle?) -> Int32
    let openImage: @convention(c) (Handle?, Text?, Place, Text?) -> Int32
    let openImageReadOnly: @convention(c) (Handle?, Text?, Place, Text?) -> Int32
    let closeImage: @convention(c) (Handle?) -> Int32
    let imageID: @convention(c) (Handle?, Buffer?, Int) -> Int32
    let size: @convention(c) (Handle?, UnsafeMutablePointer<UInt64>) -> Int32
    let features: @convention(c) (Handle?, UnsafeMutablePointer<UInt64>) -> Int32
    let resize: @convention(c) (Handle?, UInt64) -> Int32
    let read: @convention(c) (Handle?, UInt64, Int, Buffer?) -> Int
    let eachExtent:
        @convention(c) (Handle?, Text?, UInt64, UInt64, UInt8, UInt8, Extent?, Handle?) -> Int32
    let metadata: @convention(c) (Handle?, Text?, Buffer?, Length) -> Int32
    let setMetadata: @convention(c) (Handle?, Text?, Text?) -> Int32
    let removeMetadata: @convention(c) (Handle?, Text?) -> Int32
    /// Fills in an array of `Watcher`.
    let watchers: @convention(c) (Handle?, Handle?, Length) -> Int32
    let freeWatchers: @convention(c) (Handle?, Int) -> Void
    let lockOwners:
        @convention(c) (
            Handle?, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Buffer?>, Length
        ) -> Int32
    let freeLockOwners: @convention(c) (UnsafeMutablePointer<Buffer?>, Int) -> Void
    let breakImageLock: @convention(c) (Handle?, Int32, Text?) -> Int32

    let forSnapshots: Snapshots
    let forLists: Lists

    private init(_ rados: LoadedLibrary, _ rbd: LoadedLibrary) throws(SystemError) {
        create = try rados.function("rados_create2")
        readConfiguration = try rados.function("rados_conf_read_file")
        configure = try rados.function("rados_conf_set")
        setting = try rados.function("rados_conf_get")
        connect = try rados.function("rados_connect")
        shutdown = try rados.function("rados_shutdown")
        instance = try rados.function("rados_get_instance_id")
        clusterID = try rados.function("rados_cluster_fsid")
        awaitMap = try rados.function("rados_wait_for_latest_osdmap")
        command = try rados.function("rados_mon_command")
        freeBuffer = try rados.function("rados_buffer_free")
        openPool = try rados.function("rados_ioctx_create")
        closePool = try rados.function("rados_ioctx_destroy")
        setNamespace = try rados.function("rados_ioctx_set_namespace")
        lock = try rados.function("rados_lock_exclusive")
        lockShared = try rados.function("rados_lock_shared")
        unlock = try rados.function("rados_unlock")
        breakLock = try rados.function("rados_break_lock")
        listLockers = try rados.function("rados_list_lockers")
        attribute = try rados.function("rados_getxattr")
        setAttribute = try rados.function("rados_setxattr")
        removeObject = try rados.function("rados_remove")
        beginWrite = try rados.function("rados_create_write_op")
        endWrite = try rados.function("rados_release_write_op")
        writeIfAttribute = try rados.function("rados_write_op_cmpxattr")
        writeRemovingAttribute = try rados.function("rados_write_op_rmxattr")
        write = try rados.function("rados_write_op_operate")
        beginOptions = try rbd.function("rbd_image_options_create")
        endOptions = try rbd.function("rbd_image_options_destroy")
        setNumber = try rbd.function("rbd_image_options_set_uint64")
        setText = try rbd.function("rbd_image_options_set_string")
        createImage = try rbd.function("rbd_create4")
        renameImage = try rbd.function("rbd_rename")
        removeImage = try rbd.function("rbd_remove_with_progress")
        openImage = try rbd.function("rbd_open")
        openImageReadOnly = try rbd.function("rbd_open_read_only")
        closeImage = try rbd.function("rbd_close")
        imageID = try rbd.function("rbd_get_id")
        size = try rbd.function("rbd_get_size")
        features = try rbd.function("rbd_get_features")
        resize = try rbd.function("rbd_resize")
        read = try rbd.function("rbd_read")
        eachExtent = try rbd.function("rbd_diff_iterate2")
        metadata = try rbd.function("rbd_metadata_get")
        setMetadata = try rbd.function("rbd_metadata_set")
        removeMetadata = try rbd.function("rbd_metadata_remove")
        watchers = try rbd.function("rbd_watchers_list")
        freeWatchers = try rbd.function("rbd_watchers_list_cleanup")
        lockOwners = try rbd.function("rbd_lock_get_owners")
        freeLockOwners = try rbd.function("rbd_lock_get_owners_cleanup")
        breakImageLock = try rbd.function("rbd_lock_break")
        forSnapshots = try Snapshots(rbd)
        forLists = try Lists(rbd)
    }

    private static let loaded = Mutex<CephLibrary?>(nil)

    /// The library; looked for again at each call until it is there, so that installing it needs no
    /// restart.
    static func load() throws(VolumeError) -> CephLibrary {
        if let library = loaded.withLock(\.self) { return library }
        let library = try load("librados.so.2", "librbd.so.1")
        loaded.withLock { $0 = library }
        return library
    }

    static func load(_ rados: String, _ rbd: String) throws(VolumeError) -> CephLibrary {
        do {
            return try CephLibrary(LoadedLibrary(rados), LoadedLibrary(rbd))
        } catch {
            throw .storage(
                action: "use Ceph",
                reason: "\(error); install the packages librados2 and librbd1")
        }
    }
}
