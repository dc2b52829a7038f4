/// Lines of cells that stand below each other.
enum Table {
    /// Each column is as wide as its widest cell and three blanks, at least ten characters.
    static func text(_ lines: [[String]]) -> String {
        var widths: [Int] = []
        for line in lines {
            for (column, cell) in line.enumerated() {
                if column == widths.count { widths.append(10) }
                widths[column] = max(widths[column], cell.width + 3)
            }
        }
        return lines.map { line(of: $0, widths) + "\n" }.joined()
    }

    private static func line(of cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (cell, width) in zip(cells.dropLast(), widths) {
            line += cell + String(repeating: " ", count: width - cell.width)
        }
        return line + (cells.last ?? "")
    }
}

extension String {
    /// In characters; nearly all cells are ASCII, whose bytes are quicker to count.
    fileprivate var width: Int { utf8.allSatisfy { $0 < 0x80 } ? utf8.count : count }
}
