import ContainerdAPI
import GRPCCore
import GRPCNIOTransportHTTP2Posix

/// One call on containerd's services: where to, with which metadata, for how long at most.
struct Call: Sendable {
    typealias Transport = HTTP2ClientTransport.WrappedChannel

    let client: GRPCClient<Transport>
    let metadata: Metadata
    let options: CallOptions

    var containers: Containerd_Services_Containers_V1_Containers.Client<Transport> {
        .init(wrapping: client)
    }
    var content: Containerd_Services_Content_V1_Content.Client<Transport> {
        .init(wrapping: client)
    }
    var diffs: Containerd_Services_Diff_V1_Diff.Client<Transport> { .init(wrapping: client) }
    var images: Containerd_Services_Images_V1_Images.Client<Transport> { .init(wrapping: client) }
    var introspection: Containerd_Services_Introspection_V1_Introspection.Client<Transport> {
        .init(wrapping: client)
    }
    var leases: Containerd_Services_Leases_V1_Leases.Client<Transport> { .init(wrapping: client) }
    var snapshots: Containerd_Services_Snapshots_V1_Snapshots.Client<Transport> {
        .init(wrapping: client)
    }
    var tasks: Containerd_Services_Tasks_V1_Tasks.Client<Transport> { .init(wrapping: client) }
    var version: Containerd_Services_Version_V1_Version.Client<Transport> {
        .init(wrapping: client)
    }
}

typealias Descriptor = Containerd_Types_Descriptor
typealias ImageRecord = Containerd_Services_Images_V1_Image
typealias MountMessage = Containerd_Types_Mount
