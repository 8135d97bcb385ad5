import Testing

@testable import Gateway

struct HeaderParametersTests {
    private func fileName(_ parameters: String) throws -> String? {
        try HeaderParameters.parse("form-data; name=\"file\"; \(parameters)").fileName
    }

    @Test func `quotes, tokens and white space around them are read`() throws {
        let header = try HeaderParameters.parse(" Form-Data ;name = \"a b\" ; other=token;;FILENAME\t=\tx y.txt ; ")
        #expect(header.value == "form-data")
        #expect(header.partName == "a b")
        #expect(header.text(of: "other") == "token")
        #expect(header.fileName == "x y.txt")
    }

    @Test func `a name keeps semicolons and equals signs in quotes`() throws {
        #expect(try fileName("filename=\"a;b=c.txt\"") == "a;b=c.txt")
        #expect(try fileName("filename=\"; name=\\\"x\\\"; filename=y\"") == "; name=\"x\"; filename=y")
    }

    @Test func `a quoted pair is undone and other backslashes stay`() throws {
        #expect(try fileName("filename=\"100129-03\\\"100129.jpg\"") == "100129-03\"100129.jpg")
        #expect(try fileName("filename=\"a\\\\b.txt\"") == "a\\b.txt")
        #expect(try fileName("filename=\"C:\\photos\\a.txt\"") == "C:\\photos\\a.txt")
        #expect(try fileName("filename=\"a\\\"") == "a\\")
    }

    @Test func `only the escapes that browsers write are undone`() throws {
        #expect(try fileName("filename=\"a%22b%0D%0ac.txt\"") == "a\"b\r\nc.txt")
        #expect(try fileName("filename=\"100%+1%20%41%.txt\"") == "100%+1%20%41%.txt")
        #expect(try fileName("filename=\"a%2\"") == "a%2")
    }

    @Test func `raw UTF-8 is a name and what is not UTF-8 is Latin-1`() throws {
        #expect(try fileName("filename=\"日本 ‘naïve’.txt\"") == "日本 ‘naïve’.txt")
        let latin1 = Array("form-data; filename=\"na".utf8) + [0xEF] + Array("ve.txt\"".utf8)
        #expect(try HeaderParameters.parse(bytes: latin1).fileName == "naïve.txt")
    }

    @Test func `an extended name wins if it decodes, whatever the order`() throws {
        #expect(try fileName("filename=\"raw.txt\"; filename*=UTF-8''%E2%82%AC%20a.txt") == "€ a.txt")
        #expect(try fileName("filename*=utf-8'en'%e2%82%ac.txt; filename=\"raw.txt\"") == "€.txt")
        #expect(try fileName("filename*=ISO-8859-1''na%EFve.txt") == "naïve.txt")
        #expect(try fileName("filename*=UTF-8''it's.txt") == "it's.txt")
        #expect(try fileName("filename*=\"UTF-8''a%20b.txt\"") == "a b.txt")
    }

    @Test(arguments: [
        "UTF-8''%E2%28", "UTF-8''%zz", "UTF-8''a%2", "koi8-r''abc", "no quotes", "UTF-8''", "UTF-8'abc",
    ])
    func `an extended name that does not decode gives way to the plain one`(extended: String) throws {
        #expect(try fileName("filename*=\(extended); filename=\"raw.txt\"") == "raw.txt")
        #expect(try fileName("filename*=\(extended)") == extended)
    }

    @Test func `parameter names are exact`() throws {
        let header = try HeaderParameters.parse("form-data; namex=1; xname=2; filename_=3; bare; =4")
        #expect(header.partName == nil)
        #expect(header.fileName == nil)
        #expect(!header.has("bare"))
    }

    @Test func `of two equal parameters the first counts`() throws {
        #expect(try fileName("filename=a; filename=b") == "a")
    }

    @Test(arguments: ["x; a=\"b", "x; a=\"b\"c", "x; a=\"", "x; a=\"b\\\\"])
    func `a quoted string that goes wrong is refused`(header: String) {
        #expect(throws: FormError.self) { try HeaderParameters.parse(header) }
    }

    @Test func `nothing at all is a header without parameters`() throws {
        #expect(try HeaderParameters.parse("").value == "")
        #expect(try HeaderParameters.parse(";").fileName == nil)
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=abc", "abc"),
        ("Multipart/Form-Data; Boundary=\"abc\"", "abc"),
        ("multipart/form-data; charset=utf-8; boundary=\"a b:c/d=e,(f)?'g'\"", "a b:c/d=e,(f)?'g'"),
        ("multipart/form-data;boundary=----WebKitFormBoundaryAbC123;x=y", "----WebKitFormBoundaryAbC123"),
        ("multipart/form-data; boundary=a=b", "a=b"),
    ])
    func `a boundary is read quoted and unquoted`(contentType: String, boundary: String) throws {
        #expect(try FormParser.boundary(fromContentType: contentType) == boundary)
    }

    @Test func `a boundary has one to seventy characters`() throws {
        let longest = String(repeating: "x", count: 70)
        #expect(try FormParser.boundary(fromContentType: "multipart/form-data; boundary=\(longest)") == longest)
        #expect(boundaryFailure("multipart/form-data; boundary=\(longest)x") == "invalid_boundary")
        #expect(boundaryFailure("multipart/form-data; boundary=\"\"") == "invalid_boundary")
    }

    @Test(arguments: [
        ("multipart/form-data", "invalid_boundary"),
        ("multipart/form-data; boundary=\"a \"", "invalid_boundary"),
        ("multipart/form-data; boundary=\"a\r\nb\"", "invalid_boundary"),
        ("multipart/form-data; boundary=é", "invalid_boundary"),
        ("multipart/mixed; boundary=a", "not_form_data"),
        ("application/octet-stream", "not_form_data"),
        ("", "not_form_data"),
    ])
    func `another type or a boundary that is none is refused`(contentType: String, code: String) {
        #expect(boundaryFailure(contentType) == code)
    }

    private func boundaryFailure(_ contentType: String) -> String? {
        do throws(FormError) {
            _ = try FormParser.boundary(fromContentType: contentType)
            return nil
        } catch {
            return error.code
        }
    }
}
