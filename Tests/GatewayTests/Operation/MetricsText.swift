/// A page in Prometheus's exposition format, read by the rules of the format and not by those of its writer.
struct MetricsText {
    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    private(set) var samples: [Sample] = []
    /// By the name of the family.
    private(set) var types: [String: String] = [:]
    private(set) var helps: Set<String> = []
    /// Lines that the format does not allow.
    private(set) var faults: [String] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            if let match = line.wholeMatch(of: #/# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/#) {
                types[String(match.1)] = String(match.2)
            } else if let match = line.wholeMatch(of: #/# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .+/#) {
                helps.insert(String(match.1))
            } else if let sample = Self.sample(line) {
                samples.append(sample)
            } else {
                faults.append(String(line))
            }
        }
    }

    /// The value of the one series with these labels; nil where there is none.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    /// The family that a sample belongs to: a histogram has three kinds of samples.
    func family(of name: String) -> String? {
        if types[name] != nil { return name }
        for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
            let family = String(name.dropLast(suffix.count))
            if types[family] == "histogram" { return family }
        }
        return nil
    }

    private static func sample(_ line: Substring) -> Sample? {
        guard let match = line.wholeMatch(of: #/([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)/#),
            let value = match.4 == "+Inf" ? .infinity : Double(match.4)
        else { return nil }
        var labels: [String: String] = [:]
        var rest = match.3 ?? ""
        while !rest.isEmpty {
            guard let pair = rest.prefixMatch(of: #/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/#) else {
                return nil
            }
            labels[String(pair.1)] = String(pair.2)
            rest = rest[pair.range.upperBound...]
        }
        return Sample(name: String(match.1), labels: labels, value: value)
    }
}
