import SigV4
import Testing

struct RedactionTests {
    private let credentials = Credentials(
        accessKeyID: "AKIDEXAMPLE",
        secretAccessKey: "top-secret-key",
        sessionToken: "top-secret-token"
    )

    private func texts(of value: some Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        let mirrored = Mirror(reflecting: value).children.map { "\($0.value)" }.joined(separator: " ")
        return ["\(value)", String(describing: value), String(reflecting: value), "\([value])", dumped, mirrored]
    }

    @Test func `no way of printing credentials shows the secret or the token`() {
        for text in texts(of: credentials) {
            #expect(text.contains("AKIDEXAMPLE"))
            #expect(!text.contains("top-secret"))
        }
    }

    @Test func `no way of printing a signer shows the secret or the token`() {
        let signer = Signer(credentials: credentials, region: "us-east-1", service: "s3")
        // What it keeps of a URL has the token in it.
        let url = signer.presignedURL(
            "GET",
            base: "https://s3.example.com",
            host: "s3.example.com",
            path: "/",
            items: [],
            expiresIn: 60,
            at: SigningTime(secondsSinceEpoch: 0)
        )
        #expect(url.contains("top-secret-token"))
        for text in texts(of: signer) {
            #expect(text.contains("AKIDEXAMPLE"))
            #expect(!text.contains("top-secret"))
        }
    }
}
