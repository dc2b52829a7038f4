import FoundationEssentials

/// What the runtime reads as JSON: a whole specification, or a part of one that runs already.
protocol SpecificationPart: Encodable {}

extension SpecificationPart {
    /// The same bytes for the same part.
    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }
}

extension RuntimeSpecification: SpecificationPart {}
extension RuntimeSpecification.Process: SpecificationPart {}
extension RuntimeSpecification.Resources: SpecificationPart {}
