import Linux

extension CephLibrary {
    /// librbd's functions for snapshots and clones.
    struct Snapshots {
        /// `rbd_snap_info_t`
        struct Entry {
            var id: UInt64 = 0
            var size: UInt64 = 0
            var name: Text?
        }

        /// `struct timespec`
        struct Moment {
            var seconds: Int64 = 0
            var nanoseconds: Int64 = 0
        }

        /// `rbd_linked_image_spec_t`
        struct Relative {
            var poolID: Int64 = 0
            var pool: Buffer?
            var namespace: Buffer?
            var id: Buffer?
            var name: Buffer?
            var isInTrash = false
        }

        let take: @convention(c) (Handle?, Text?) -> Int32
        let remove: @convention(c) (Handle?, Text?) -> Int32
        let rollBack: @convention(c) (Handle?, Text?, Progress?, Handle?) -> Int32
        /// Fills in an array of `Entry`.
        let list: @convention(c) (Handle?, Handle?, UnsafeMutablePointer<Int32>) -> Int32
        let endList: @convention(c) (Handle?) -> Void
        /// Fills in a `Moment`.
        let time: @convention(c) (Handle?, UInt64, Handle?) -> Int32
        /// 0 is a snapshot that somebody took.
        let kind: @convention(c) (Handle?, UInt64, UnsafeMutablePointer<Int32>) -> Int32
        let clone: @convention(c) (Handle?, Text?, Text?, Handle?, Text?, Handle?) -> Int32
        let flatten: @convention(c) (Handle?, Progress?, Handle?) -> Int32
        /// Fills in an array of `Relative`.
        let children: @convention(c) (Handle?, Handle?, Length) -> Int32
        let freeChildren: @convention(c) (Handle?, Int) -> Void
        let overlap: @convention(c) (Handle?, UnsafeMutablePointer<UInt64>) -> Int32

        init(_ rbd: LoadedLibrary) throws(SystemError) {
            take = try rbd.function("rbd_snap_create")
            remove = try rbd.function("rbd_snap_remove")
            rollBack = try rbd.function("rbd_snap_rollback_with_progress")
            list = try rbd.function("rbd_snap_list")
            endList = try rbd.function("rbd_snap_list_end")
            time = try rbd.function("rbd_snap_get_timestamp")
            kind = try rbd.function("rbd_snap_get_namespace_type")
            clone = try rbd.function("rbd_clone3")
            flatten = try rbd.function("rbd_flatten_with_progress")
            children = try rbd.function("rbd_list_children3")
            freeChildren = try rbd.function("rbd_linked_image_spec_list_cleanup")
            overlap = try rbd.function("rbd_get_overlap")
        }
    }

    /// librbd's functions that tell what is in a pool.
    struct Lists {
        /// `rbd_image_spec_t`
        struct Entry {
            var id: Buffer?
            var name: Buffer?
        }

        /// Fills in an array of `Entry`.
        let images: @convention(c) (Handle?, Handle?, Length) -> Int32
        let freeImages: @convention(c) (Handle?, Int) -> Void
        /// Fills in a `Snapshots.Moment`.
        let time: @convention(c) (Handle?, Handle?) -> Int32

        init(_ rbd: LoadedLibrary) throws(SystemError) {
            images = try rbd.function("rbd_list2")
            freeImages = try rbd.function("rbd_image_spec_list_cleanup")
            time = try rbd.function("rbd_get_create_timestamp")
        }
    }
}
