/// The names of Linux's signals.
enum Signals {
    static let kill: Int32 = 9
    static let terminate: Int32 = 15

    private static let numbers: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7,
        "FPE": 8, "KILL": 9, "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14,
        "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17, "CONT": 18, "STOP": 19, "TSTP": 20,
        "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27,
        "WINCH": 28, "IO": 29, "POLL": 29, "PWR": 30, "SYS": 31, "RTMIN": 34, "RTMAX": 64,
    ]

    /// Understands `TERM`, `SIGTERM`, `15`, `RTMIN+3` and `RTMAX-3`, in any case.
    static func number(of text: String) throws(ContainerError) -> Int32 {
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        if let number = numbers[name] ?? Int32(text) ?? realTime(name), (1...64).contains(number) {
            return number
        }
        throw .invalidRequest(
            "no signal \"\(text)\": use a name such as TERM or SIGKILL, or a number from 1 to 64")
    }

    private static func realTime(_ name: String) -> Int32? {
        for (base, number) in [("RTMIN+", Int32(34)), ("RTMAX-", Int32(64))]
        where name.hasPrefix(base) {
            guard let distance = Int32(name.dropFirst(base.count)), (0...30).contains(distance)
            else { return nil }
            return base == "RTMIN+" ? number + distance : number - distance
        }
        return nil
    }
}
