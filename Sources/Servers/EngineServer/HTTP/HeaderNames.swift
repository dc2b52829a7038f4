import HTTPTypes

extension HTTPField.Name {
    static let apiVersion = make("Api-Version")
    static let dockerExperimental = make("Docker-Experimental")
    static let pathStat = make("X-Docker-Container-Path-Stat")
    static let pragma = make("Pragma")
    static let osType = make("Ostype")
    static let registryAuth = make("X-Registry-Auth")
    static let swarm = make("Swarm")

    private static func make(_ name: String) -> HTTPField.Name {
        HTTPField.Name(name) ?? .server
    }
}
