/// The variables of an environment that begin like settings, held against those that there are.
///
/// A mistyped variable would otherwise be a setting that silently keeps its default.
struct EnvironmentNames {
    private let names: [String]

    /// What the command line, the build, the scripts and the tests look at.
    private static let others: Set<String> = [
        "SATCHEL_CONFIG", "SATCHEL_SHARED", "SATCHEL_WARNINGS_AS_ERRORS", "SATCHEL_WORKER",
    ]
    private static let testPrefix = "SATCHEL_TEST_"
    private static let known = Set(ConfigurationKey.allCases.map(\.environmentName)).union(others)

    /// The variables of keys that there were, and what to set instead.
    private static let replaced = Dictionary(
        uniqueKeysWithValues: ConfigurationKey.replaced.map { old, new in
            (ConfigurationKey.variableName(of: old), ConfigurationKey.variableName(of: new))
        }
    )

    init(_ environment: [String: String]) {
        names = environment.keys.filter { $0.hasPrefix(ConfigurationKey.environmentPrefix) }.sorted()
    }

    /// A fault for each variable that is unknown.
    ///
    /// Without its value, which may be a secret under a wrong name.
    var faults: [ConfigurationFault] {
        names.filter { !Self.known.contains($0) && !$0.hasPrefix(Self.testPrefix) && !isServiceLink($0) }
            .compactMap { name in
                let variable = String(name.dropFirst(ConfigurationKey.environmentPrefix.count))
                guard NamedKey(variableName: variable) == nil else { return nil }
                if let reason = NamedKeyFamily.fault(ofUnknownVariable: variable) {
                    return ConfigurationFault(name, reason)
                }
                let meant = Self.replaced[variable] ?? ConfigurationKey.nearest(toVariable: variable)?.variableName
                guard let meant else { return ConfigurationFault(name, "is no known variable") }
                let full = ConfigurationKey.environmentPrefix + meant
                return ConfigurationFault(name, "is no known variable; did you mean \(full)?")
            }
    }

    /// Whether the variable is one of those by which Kubernetes tells a container of a service whose name begins like
    /// the program's: `SATCHEL_SERVICE_HOST`, `SATCHEL_PORT`, `SATCHEL_PORT_8080_TCP_ADDR`.
    private func isServiceLink(_ name: String) -> Bool {
        let mark = "_SERVICE_HOST"
        return names.filter { $0.hasSuffix(mark) }
            .contains { host in
                let service = host.dropLast(mark.count)
                return name == "\(service)_PORT" || name.hasPrefix("\(service)_PORT_")
                    || name.hasPrefix("\(service)_SERVICE_")
            }
    }
}
