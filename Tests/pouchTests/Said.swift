/// What an error says; nothing if there was none.
func said(by error: (any Error)?) -> String {
    error.map { "\($0)" } ?? ""
}
