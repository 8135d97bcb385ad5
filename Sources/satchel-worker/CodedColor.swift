import Glibc
import Media

/// A colour space that is declared by code points (ITU-T H.273) and is not near to sRGB.
struct CodedColor: Equatable {
    private let toneMap: ToneMap
    /// The exponent that makes light of a number where a plain power does; nil where `toneMap` knows the curve.
    private let gamma: Double?

    /// Nil for what is shown right if it is taken for sRGB.
    init?(primaries: Int, transfer: Int) {
        switch transfer {
        case 4: self.init(primaries: primaries, gamma: 2.2)
        case 5: self.init(primaries: primaries, gamma: 2.8)
        case 8: self.init(primaries: primaries, gamma: 1)
        case 16: self.init(Self.gamut(primaries), .pq, gamma: nil)
        case 18: self.init(Self.gamut(primaries), .hlg, gamma: nil)
        default:
            let gamut = Self.gamut(primaries)
            guard gamut != .bt709 else { return nil }
            self.init(gamut, nil, gamma: nil)
        }
    }

    /// The colour space of primaries and a power.
    init(primaries: Int, gamma: Double) {
        self.init(Self.gamut(primaries), nil, gamma: gamma)
    }

    private init(_ gamut: ToneMap.Gamut, _ transfer: MediaReport.HDRTransfer?, gamma: Double?) {
        toneMap = ToneMap(transfer: transfer, gamut: gamut)
        self.gamma = gamma
    }

    private static func gamut(_ primaries: Int) -> ToneMap.Gamut {
        switch primaries {
        case 9: .bt2020
        case 11, 12: .p3
        default: .bt709
        }
    }

    /// How high dynamic range is encoded; nil where there is none.
    var hdrTransfer: MediaReport.HDRTransfer? { toneMap.transfer }

    /// A name for people.
    var name: String {
        let gamut =
            switch toneMap.gamut {
            case .bt709: "sRGB"
            case .bt2020: "BT.2020"
            case .p3: "Display P3"
            }
        return switch (toneMap.transfer, gamma) {
        case (.pq, _): gamut + " PQ"
        case (.hlg, _): gamut + " HLG"
        case (nil, nil): gamut
        case (nil, let gamma?): gamut + (gamma == 1 ? " linear" : " gamma \(gamma)")
        }
    }

    /// Brings a picture to sRGB: so many channels (3, or 4 with transparency behind the colours), numbers up to 65,535.
    func picture(width: Int, height: Int, channelCount: Int, samples: [UInt16]) -> Picture {
        let curve = gamma.map { gamma in (0...65_535).map { Self.sRGBNumber($0, gamma: gamma) } }
        var colors: [UInt16] = []
        colors.reserveCapacity(width * height * 3)
        for index in stride(from: 0, to: samples.count, by: channelCount) {
            for channel in 0..<3 {
                let sample = samples[index + channel]
                colors.append(curve.map { $0[Int(sample)] } ?? sample)
            }
        }
        var rgba = mapped(colors, width: width, height: height)
        if channelCount == 4 {
            for index in stride(from: 3, to: samples.count, by: 4) { rgba[index] = UInt8(samples[index] >> 8) }
        }
        return rgba.withUnsafeBufferPointer { buffer in
            // Of a picture without pixels there is nothing to read.
            guard let start = buffer.baseAddress else {
                return Picture(width: width, height: height, channelCount: 3, pixels: [])
            }
            return Picture(width: width, height: height, rgba: start, stride: width * 4, orientation: .upright)
        }
    }

    private func mapped(_ colors: [UInt16], width: Int, height: Int) -> [UInt8] {
        let count = width * height * 4
        return [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
            colors.withUnsafeBytes { source in
                guard let source = source.bindMemory(to: UInt8.self).baseAddress, let pixels = target.baseAddress else {
                    return
                }
                toneMap.map(source, stride: width * 6, to: pixels, stride: width * 4, width: width, height: height)
                initializedCount = count
            }
        }
    }

    private static func sRGBNumber(_ number: Int, gamma: Double) -> UInt16 {
        let light = pow(Double(number) / 65_535, gamma)
        return UInt16((ToneMap.sRGBEncoded(Float(light)) * 65_535).rounded())
    }
}
