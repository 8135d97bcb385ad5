import Foundation
import Migration
import Testing

struct FigureTextTests {
    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_048_575, "1.0 MiB"),
        (1_048_576, "1.0 MiB"), (52_428_800, "50.0 MiB"), (1 << 40, "1.0 TiB"), (Int64.max, "8192.0 PiB"),
    ])
    func `bytes come in units of 1,024`(number: Int64, text: String) {
        #expect(FigureText.bytes(number) == text)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (10_020, "10,020"), (1_234_567, "1,234,567"), (-5000, "-5,000"),
    ])
    func `numbers have commas between thousands`(number: Int64, text: String) {
        #expect(FigureText.count(number) == text)
    }

    @Test(arguments: [
        (0.0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3720, "1 h 02 min"),
        (356_400, "4 d 03 h"),
        (-1, "0 s"), (.infinity, "0 s"), (.nan, "0 s"),
    ])
    func `a time span is told to the precision that matters`(seconds: Double, text: String) {
        #expect(FigureText.duration(seconds: seconds) == text)
    }

    @Test(arguments: [
        (0, 10, "0 %"), (1, 10_000, "1 %"), (9999, 10_000, "99 %"), (10_000, 10_000, "100 %"), (1, 3, "33 %"),
        (0, 0, "100 %"),
    ])
    func `a share says 0 and 100 only where that is so`(part: Int64, whole: Int64, text: String) {
        #expect(FigureText.percent(part, of: whole) == text)
    }

    @Test func `a time is in UTC`() {
        #expect(FigureText.time(Date(timeIntervalSince1970: 1_700_000_000)) == "2023-11-14T22:13:20Z")
    }

    @Test func `speeds are told by the second`() {
        #expect(FigureText.rate(43_201_331) == "41.2 MiB/s")
        #expect(FigureText.frequency(0.44) == "0.4/s")
        #expect(FigureText.frequency(1310.4) == "1,310/s")
    }
}
