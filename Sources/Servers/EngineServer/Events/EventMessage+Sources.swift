import Containers
import FoundationEssentials
import PouchAPI
import Volumes

/// Events of ours in Docker's words.
extension EventMessage {
    init(_ event: VolumeEvent) {
        var attributes = event.attributes
        attributes["driver"] = event.driver
        if let owner = event.owner { attributes["container"] = owner.id }
        if let destination = event.destination, event.action == .mount {
            attributes["destination"] = destination
        }
        self.init(
            type: "volume", action: event.action.rawValue,
            actor: Actor(id: event.volume.description, attributes: attributes),
            timeNano: event.time.nanoseconds)
    }

    init(_ event: ContainerEvent) {
        let container = event.container
        if [.connect, .disconnect].contains(event.action) {
            let network = container.request.network
            self.init(
                type: "network", action: event.words,
                actor: Actor(
                    id: PouchAPI.Network.id(of: network.rawValue),
                    attributes: [
                        "container": container.id.description, "name": network.rawValue,
                        "type": network == .none ? "null" : network.rawValue,
                    ]), timeNano: event.time.nanoseconds)
            return
        }
        let attributes = container.labels
            .merging(["image": container.imageName, "name": container.name]) { $1 }
            .merging(event.otherAttributes) { $1 }
        self.init(
            type: "container", action: event.words,
            actor: Actor(id: container.id.description, attributes: attributes),
            timeNano: event.time.nanoseconds)
        status = action
        id = actor.id
        from = container.imageName
    }

    init(_ event: ImageEvent) {
        self.init(
            type: "image", action: event.action.rawValue,
            actor: Actor(id: event.image, attributes: ["name": event.name]),
            timeNano: event.time.nanoseconds)
        status = action
        id = actor.id
    }
}
