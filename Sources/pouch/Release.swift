/// The version of this program.
let release = "0.1.0"
