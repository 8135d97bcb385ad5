import ArgumentParser
import Gateway

/// `satchel token`: prints a token that the gateway accepts.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Print a bearer token for a user or for the app's back end.",
        discussion: """
            For trying things out and for scripts; in production the app issues the tokens, with the same secret.

            Examples:
              satchel token --config satchel.yaml --user 42
              satchel token --config satchel.yaml --user backend --service --expires-in 600
              satchel token --config satchel.yaml --user operator --read
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Option(help: ArgumentHelp("The user's id in the app.", valueName: "id"))
    var user: String

    @Flag(help: "Give the token the service scope: it may tell who talks with whom, and see everything.")
    var service = false

    @Flag(help: "Give the token the read scope: it may read activity, usage and jobs.")
    var read = false

    @Option(help: ArgumentHelp("How long the token is good for.", valueName: "seconds"))
    var expiresIn: Int = 3600

    func validate() throws {
        guard !user.isEmpty else { throw ValidationError("--user must not be empty.") }
        guard expiresIn > 0 else { throw ValidationError("--expires-in must be a positive number of seconds.") }
    }

    func run() async throws {
        let tokens = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadTokens()
        }
        guard tokens.secret != nil else {
            Console.printError("satchel: auth.secret is not set, and tokens are signed with it here")
            throw ExitCode.failure
        }
        let issuer = await TokenIssuer(configuration: tokens)
        let lifetime = Duration.seconds(expiresIn)
        print(try await issuer.token(userID: user, isService: service, canRead: read, expiresIn: lifetime))
    }
}
