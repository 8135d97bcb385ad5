import ArgumentParser

/// The command line of the gateway.
@main
struct Satchel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "satchel",
        abstract: "A self-hosted attachment gateway: uploads to S3-compatible storage, thumbnails, presigned URLs.",
        discussion: """
            Settings come from --set pairs, SATCHEL_… environment variables and a YAML file, the strongest first.
            config/satchel.example.yaml explains each of them.

            A first start:
              satchel check --config satchel.yaml
              satchel serve --config satchel.yaml --migrate
            """,
        subcommands: [
            ServeCommand.self, WorkCommand.self, TokenCommand.self, KeyCommand.self, DatabaseCommand.self,
            CheckCommand.self, S3Command.self, JobsCommand.self, MaintenanceCommand.self, ReprocessCommand.self,
            StorageCommand.self, SweepCommand.self,
        ]
    )
}
