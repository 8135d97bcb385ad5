import Configuration
import Foundation
import Synchronization

/// Where settings come from, strongest first: `--set` pairs, `SATCHEL_…` environment variables, a YAML file.
package struct ConfigurationSource: Sendable {
    private let reader: ConfigReader
    private let faults: [ConfigurationFault]
    private let namedKeys: [NamedKey]

    /// Reads the sources.
    ///
    /// Faults found here (an unreadable file, an unknown key or variable) come out with the first `load…` call.
    ///
    /// `overrides` are pairs like `server.port=9000`; `environment` is that of the process.
    package init(file: String?, overrides: [String] = [], environment: [String: String]) async {
        var faults: [ConfigurationFault] = []
        let layers = [Self.variables(of: overrides, faults: &faults), Self.variables(of: environment)]
        var providers: [any ConfigProvider] = layers.map { EnvironmentVariablesProvider(environmentVariables: $0) }
        var namedKeys = layers.flatMap(\.keys).compactMap { NamedKey(variableName: $0) }
        faults += EnvironmentNames(environment).faults
        if let file {
            let names = KeyNames()
            do {
                providers.append(try await Self.provider(forFile: file, names: names))
            } catch {
                let reason = Self.reason(error, file: file)
                faults.append(ConfigurationFault(file, "cannot be used as configuration: \(reason)"))
            }
            faults += names.all.sorted().compactMap(Self.faultOfUnknownKey)
            namedKeys += names.all.compactMap { NamedKey(rawValue: $0) }
        }
        self.namedKeys = namedKeys
        reader = ConfigReader(providers: providers)
        self.faults = faults
    }

    /// A reader that starts with the faults of the sources themselves.
    func strictReader() -> StrictReader {
        StrictReader(reader: reader, faults: faults, namedKeys: namedKeys)
    }

    private static func variables(of overrides: [String], faults: inout [ConfigurationFault]) -> [String: String] {
        var variables: [String: String] = [:]
        for pair in overrides {
            guard let separator = pair.firstIndex(of: "=") else {
                faults.append(ConfigurationFault("--set", value: pair, "has no =; write it as key=value"))
                continue
            }
            let name = pair[..<separator].trimmingCharacters(in: .whitespaces)
            if let fault = faultOfUnknownKey(name) {
                faults.append(fault)
                continue
            }
            variables[ConfigurationKey.variableName(of: name)] = String(pair[pair.index(after: separator)...])
        }
        return variables
    }

    private static func variables(of environment: [String: String]) -> [String: String] {
        var variables: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix(ConfigurationKey.environmentPrefix) {
            variables[String(name.dropFirst(ConfigurationKey.environmentPrefix.count))] = value
        }
        return variables
    }

    private static func provider(forFile file: String, names: KeyNames) async throws -> any ConfigProvider {
        // The parser asks of each key in the file whether it is secret: the one place where it tells the keys' names.
        let options = YAMLSnapshot.ParsingOptions(
            secretsSpecifier: .dynamic { name, _ in
                names.append(name)
                return ConfigurationKey(rawValue: name)?.isSecret ?? NamedKey(rawValue: name)?.isSecret ?? false
            }
        )
        let location = InMemoryProvider(values: ["filePath": ConfigValue(.string(file), isSecret: false)])
        return try await FileProvider<YAMLSnapshot>(
            parsingOptions: options,
            config: ConfigReader(provider: location)
        )
    }

    private static func faultOfUnknownKey(_ name: String) -> ConfigurationFault? {
        guard ConfigurationKey(rawValue: name) == nil, NamedKey(rawValue: name) == nil else { return nil }
        if let reason = NamedKeyFamily.fault(ofUnknown: name) { return ConfigurationFault(name, reason) }
        let meant = ConfigurationKey.replaced[name] ?? ConfigurationKey.nearest(to: name)?.rawValue
        let hint = meant.map { "; did you mean \($0)?" } ?? ""
        return ConfigurationFault(name, "is no known key\(hint)")
    }

    private static func reason(_ error: any Error, file: String) -> String {
        guard FileManager.default.isReadableFile(atPath: file) else { return "it does not exist or cannot be read" }
        // The first line says where and what; the parser's further lines quote the file, which may hold secrets.
        return "\(error)".split(separator: "\n").first.map(String.init) ?? "it is not valid YAML"
    }
}

/// The keys that stand in a file.
private final class KeyNames: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock { $0 } }

    func append(_ name: String) {
        names.withLock { $0.append(name) }
    }
}
