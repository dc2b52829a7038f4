/// What runs in a container: the image's word, and the request's over it.
extension Container.Process {
    init(
        for request: ContainerRequest, over image: ImageConfiguration, hostname: String
    ) throws(ContainerError) {
        arguments = Self.arguments(for: request, over: image)
        guard let program = arguments.first, !program.isEmpty else {
            throw .invalidRequest(
                "no command: the image \(request.image) names none, so say what to run")
        }
        environment = try Self.environment(for: request, over: image, hostname: hostname)
        workingDirectory = try Self.directory(request.workingDirectory, image.workingDirectory)
        user = request.user ?? image.user
        stopSignal = try Signals.number(of: request.stopSignal ?? image.stopSignal ?? "TERM")
        for text in arguments + environment + [workingDirectory, user] where text.utf8.contains(0) {
            throw .invalidRequest("\"\(text.prefix { $0 != "\0" })…\" has a NUL byte: leave it out")
        }
    }

    /// A request's entrypoint takes the image's command away with the image's entrypoint; an empty
    /// word stands for none.
    private static func arguments(
        for request: ContainerRequest, over image: ImageConfiguration
    ) -> [String] {
        let command = request.command.flatMap { $0.isEmpty ? nil : $0 }
        guard let entrypoint = request.entrypoint, !entrypoint.isEmpty else {
            return image.entrypoint + (command ?? image.command)
        }
        return (entrypoint == [""] ? [] : entrypoint) + (command ?? [])
    }

    /// Later words replace earlier ones of the same name; a name alone takes the word away.
    private static func environment(
        for request: ContainerRequest, over image: ImageConfiguration, hostname: String
    ) throws(ContainerError) -> [String] {
        var words = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOSTNAME=\(hostname)",
        ]
        if request.isTerminal { words.append("TERM=xterm") }
        for word in image.environment + request.environment {
            let name = word.prefix { $0 != "=" }
            guard !name.isEmpty else {
                throw .invalidRequest("invalid environment \"\(word)\": write NAME=value")
            }
            let place = words.firstIndex { $0.hasPrefix(name + "=") }
            switch (place, name.endIndex == word.endIndex) {
            case (let place?, true): words.remove(at: place)
            case (let place?, false): words[place] = word
            case (nil, true): break
            case (nil, false): words.append(word)
            }
        }
        return words
    }

    private static func directory(
        _ asked: String?, _ image: String
    ) throws(ContainerError) -> String {
        let path = asked.flatMap { $0.isEmpty ? nil : $0 } ?? image
        guard !path.isEmpty else { return "/" }
        guard path.hasPrefix("/") else {
            throw .invalidRequest(
                "invalid working directory \"\(path)\": it is not absolute, begin it with \"/\"")
        }
        return path.cleanedPath
    }
}
