import Testing

@testable import Gateway

/// Structured dictionaries, in which digests come.
struct DigestDictionaryTests {
    @Test(arguments: ["a=:AQI=:", "a=:AQI:", " a=:AQI=: ", "a=:AQI=:;x;y=1;z=\"q\"", "a=:AQI=:;  x=?0"])
    func `a byte sequence is read, whatever parameters it has`(text: String) throws {
        let dictionary = try #require(StructuredDictionary(text))
        #expect(dictionary.members == [StructuredDictionary.Member(key: "a", bytes: [1, 2])])
    }

    @Test(arguments: [
        "a", "a;x=1", "a=?1", "a=1", "a=-12.345", "a=123456789012345", "a=token", "a=*t/o:k!", "a=\"q \\\" \\\\ ,\"",
        "a=@1659578233", "a=%\"f%c3%bc\"", "a=()", "a=( 1  :AQI=:;x  \"y\" );z=2", "*-_.9=t",
    ])
    func `a value of another type is stepped over`(text: String) throws {
        let dictionary = try #require(StructuredDictionary("\(text) ,\tb=:AQI=:"))
        #expect(dictionary.members.map(\.bytes) == [nil, [1, 2]])
        #expect(dictionary.members.last?.key == "b")
    }

    @Test func `an empty text is an empty dictionary, and equal keys are all kept`() throws {
        #expect(StructuredDictionary("")?.members == [])
        #expect(StructuredDictionary("   ")?.members == [])
        #expect(StructuredDictionary("a=:AQ==:,a=:Ag==:")?.members.map(\.bytes) == [[1], [2]])
    }

    @Test(arguments: [
        ",", "a,", "a,,b", "A=1", "1=2", "a=", "a= 1", "a =1", "a b", "a=:AQI=", "a=:A:", "a=:é:", "a=?2", "a=\"",
        "a=\"\\n\"", "a=\"é\"", "a=1.", "a=1.2345", "a=1234567890123456", "a=-", "a=(1", "a=(1,2)", "a=(1\"x\")",
        "a=%x", "a=%\"%C3\"", "a=%\"", "a;", "a;=1", "a;b=", "a=@", "a={}", "=1", "a=1 2",
    ])
    func `what is no dictionary is none`(text: String) {
        #expect(StructuredDictionary(text) == nil)
    }
}
