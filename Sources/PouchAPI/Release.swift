/// The version of the programs that speak this.
public let release = "0.1.0"
