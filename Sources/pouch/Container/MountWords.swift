import ArgumentParser
import PouchAPI

/// What is written after `--mount`: `key=value` words between commas, as docker has them.
enum MountWords {
    static func request(_ text: String) throws -> MountRequest {
        var request = MountRequest(type: "volume", target: "")
        for field in try fields(of: text) {
            let name = field.prefix { $0 != "=" }
            let hasValue = name.count < field.count
            try request.take(
                name.lowercased(), hasValue ? String(field.dropFirst(name.count + 1)) : nil)
        }
        guard !request.target.isEmpty else {
            throw ValidationError("--mount \(text) has no target: add target=/path.")
        }
        return request
    }

    /// A field that has a comma itself stands in double quotes, which are written twice in it.
    private static func fields(of text: String) throws -> [String] {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "\"" where isQuoted && rest.first == "\"":
                rest.removeFirst()
                field.append(character)
            case "\"" where isQuoted || field.isEmpty: isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(field)
                field = ""
            default: field.append(character)
            }
        }
        guard !isQuoted else {
            throw ValidationError("--mount \(text) has a quote that doesn't end.")
        }
        return fields + [field]
    }
}

extension MountRequest {
    fileprivate mutating func take(_ key: String, _ value: String?) throws {
        switch key {
        case "readonly", "ro": readOnly = try Self.flag(key, value)
        case "bind-nonrecursive": try bind { $0.nonRecursive = try Self.flag(key, value) }
        case "bind-create-src", "bind-create-mountpoint":
            try bind { $0.createMountpoint = try Self.flag(key, value) }
        case "volume-nocopy": try volume { $0.noCopy = try Self.flag(key, value) }
        default:
            guard let value, !value.isEmpty else {
                throw ValidationError("--mount's key \"\(key)\" needs a value: write \(key)=….")
            }
            try take(key, word: value)
        }
    }

    private mutating func take(_ key: String, word value: String) throws {
        switch key {
        case "type": type = value.lowercased()
        case "source", "src": source = Bind.source(value)
        case "target", "dst", "destination": target = value
        case "consistency": consistency = value
        case "idmap": idmap = value
        case "bind-propagation": bind { $0.propagation = value }
        case "bind-recursive": try takeRecursion(value)
        case "volume-label":
            let label = try KeyValue.label(value)
            volume { $0.labels = ($0.labels ?? [:]).merging([label.key: label.value]) { $1 } }
        case "volume-driver":
            volume { $0.driverConfig = .init(name: value, options: $0.driverConfig?.options) }
        case "volume-opt":
            let option = try KeyValue(value)
            volume { volume in
                let others = volume.driverConfig?.options ?? [:]
                volume.driverConfig = .init(
                    name: volume.driverConfig?.name,
                    options: others.merging([option.key: option.value]) { $1 })
            }
        case "volume-subpath": volume { $0.subpath = value }
        case "image-subpath": imageOptions = ImageOptions(subpath: value)
        case "tmpfs-size":
            var options = tmpfsOptions ?? TmpfsOptions()
            options.sizeBytes = try Self.bytes(value)
            tmpfsOptions = options
        case "tmpfs-mode":
            guard let mode = UInt32(value, radix: 8), mode <= 0o7777 else {
                throw ValidationError("tmpfs-mode=\(value) is no mode: use octal digits, as 1770.")
            }
            var options = tmpfsOptions ?? TmpfsOptions()
            options.mode = mode
            tmpfsOptions = options
        default:
            throw ValidationError(
                "--mount has no key \"\(key)\": use type, source, target, readonly, or those that "
                    + "begin with bind-, volume-, tmpfs- or image-.")
        }
    }

    private mutating func takeRecursion(_ word: String) throws {
        switch word {
        case "enabled": break
        case "disabled": bind { $0.nonRecursive = true }
        case "writable": bind { $0.readOnlyNonRecursive = true }
        case "readonly": bind { $0.readOnlyForceRecursive = true }
        default:
            throw ValidationError(
                "bind-recursive=\(word) is unknown: use enabled, disabled, writable or readonly.")
        }
    }

    private mutating func bind(_ change: (inout BindOptions) throws -> Void) rethrows {
        var options = bindOptions ?? BindOptions()
        try change(&options)
        bindOptions = options
    }

    private mutating func volume(_ change: (inout VolumeOptions) throws -> Void) rethrows {
        var options = volumeOptions ?? VolumeOptions()
        try change(&options)
        volumeOptions = options
    }

    private static func flag(_ key: String, _ value: String?) throws -> Bool {
        switch value?.lowercased() {
        case nil, "true", "1": return true
        case "false", "0": return false
        case let other?: throw ValidationError("\(key)=\(other) is neither true nor false.")
        }
    }

    /// A number with a binary unit, as docker has it: `64m`.
    private static func bytes(_ text: String) throws -> Int64 {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(digits.count).lowercased()
        let shifts = ["": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40]
        let short = unit.hasSuffix("b") && unit.count > 1 ? String(unit.dropLast()) : unit
        let plain = short.hasSuffix("i") ? String(short.dropLast()) : short
        guard let number = Double(digits), let shift = shifts[plain], number >= 0,
            number * Double(1 << shift) < 9e18
        else {
            throw ValidationError("tmpfs-size=\(text) is no size: write it as 64m or 1g.")
        }
        return Int64(number * Double(1 << shift))
    }
}
