import Glibc
import Media

/// Brings colours of high dynamic range, or of a gamut wider than BT.709's, to sRGB.
///
/// Light is counted in cd/m², as displayed. White of 203 cd/m², the reference white of ITU-R BT.2408, becomes sRGB's, and
/// what is brighter is rolled off by the curve of ITU-R BT.2390 (section 5.4, "EETF") up to the peak of the picture.
struct ToneMap: Equatable {
    /// The primaries of the colours to be mapped, all with white D65.
    enum Gamut: Equatable {
        /// ITU-R BT.709, sRGB's own.
        case bt709
        /// ITU-R BT.2020.
        case bt2020
        /// SMPTE EG 432-1, Display P3's.
        case p3
    }

    /// Nil for standard range, which is read as sRGB.
    let transfer: MediaReport.HDRTransfer?
    let gamut: Gamut

    /// The light that becomes white.
    static let whiteLight: Float = 203
    /// The brightest light that PQ has a number for.
    static let maxLight: Float = 10_000
    /// The display that HLG is shown on by convention (ITU-R BT.2100, table 5).
    static let hlgPeakLight: Float = 1_000

    /// The light of a colour whose components are numbers from 0 to 1.
    func light(of color: SIMD3<Float>) -> SIMD3<Float> {
        switch transfer {
        case .pq: color.mapped(Self.pqLight)
        case .hlg: Self.hlgLight(color)
        case nil: color.mapped(Self.sRGBLinear) * Self.whiteLight
        }
    }

    /// The sRGB colour, components from 0 to 1, of displayed light in a picture that is nowhere brighter than `peak`.
    ///
    /// The three components are rolled off by one factor, that of the brightest: hues stay, and grey stays grey.
    func color(of light: SIMD3<Float>, peak: Float) -> SIMD3<Float> {
        let brightest = light.max()
        var shown = light
        if transfer != nil, brightest > 0 {
            shown *= Self.rolledOff(brightest, peak: peak) / brightest
        }
        let linear = toBT709(shown / Self.whiteLight)
        return linear.clamped(lowerBound: .zero, upperBound: .one).mapped(Self.sRGBEncoded)
    }

    /// The curve of ITU-R BT.2390 from a source's peak to `whiteLight`, black staying black.
    ///
    /// What is brighter than the peak is taken for it.
    static func rolledOff(_ light: Float, peak: Float) -> Float {
        guard peak > whiteLight else { return min(light, whiteLight) }
        let sourcePeak = pqNumber(peak)
        let target = pqNumber(whiteLight) / sourcePeak
        let knee = 1.5 * target - 0.5
        let value = min(pqNumber(light) / sourcePeak, 1)
        guard value > knee else { return light }
        let t = (value - knee) / (1 - knee)
        let (t2, t3) = (t * t, t * t * t)
        let curved = (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (3 * t2 - 2 * t3) * target
        return min(pqLight(curved * sourcePeak), whiteLight)
    }

    /// From the gamut's primaries to BT.709's, in linear light (for BT.2020, ITU-R BT.2087's matrix).
    private func toBT709(_ color: SIMD3<Float>) -> SIMD3<Float> {
        switch gamut {
        case .bt709:
            color
        case .bt2020:
            SIMD3(
                1.660491 * color.x - 0.587641 * color.y - 0.072850 * color.z,
                -0.124550 * color.x + 1.132900 * color.y - 0.008349 * color.z,
                -0.018151 * color.x - 0.100579 * color.y + 1.118730 * color.z
            )
        case .p3:
            SIMD3(
                1.224940 * color.x - 0.224940 * color.y,
                -0.042057 * color.x + 1.042057 * color.y,
                -0.019638 * color.x - 0.078636 * color.y + 1.098274 * color.z
            )
        }
    }
}

extension ToneMap {
    /// The electro-optical transfer function of PQ (ITU-R BT.2100, table 4).
    static func pqLight(_ number: Float) -> Float {
        let root = powf(min(max(number, 0), 1), 1 / pqM2)
        return maxLight * powf(max(root - pqC1, 0) / (pqC2 - pqC3 * root), 1 / pqM1)
    }

    /// The inverse of `pqLight`.
    static func pqNumber(_ light: Float) -> Float {
        let power = powf(min(max(light / maxLight, 0), 1), pqM1)
        return powf((pqC1 + pqC2 * power) / (1 + pqC3 * power), pqM2)
    }

    /// What a display of 1,000 cd/m² shows of HLG (ITU-R BT.2100, table 5: inverse OETF, then OOTF with gamma 1.2).
    static func hlgLight(_ color: SIMD3<Float>) -> SIMD3<Float> {
        let scene = color.mapped { number in
            let number = min(max(number, 0), 1)
            return number <= 0.5 ? number * number / 3 : (expf((number - hlgC) / hlgA) + hlgB) / 12
        }
        let luminance = 0.2627 * scene.x + 0.6780 * scene.y + 0.0593 * scene.z
        guard luminance > 0 else { return .zero }
        return scene * (hlgPeakLight * powf(luminance, 0.2))
    }

    /// sRGB's number made linear (IEC 61966-2-1).
    static func sRGBLinear(_ number: Float) -> Float {
        number <= 0.04045 ? number / 12.92 : powf((number + 0.055) / 1.055, 2.4)
    }

    /// The inverse of `sRGBLinear`.
    static func sRGBEncoded(_ linear: Float) -> Float {
        linear <= 0.0031308 ? linear * 12.92 : 1.055 * powf(linear, 1 / 2.4) - 0.055
    }

    private static let pqM1: Float = 2_610.0 / 16_384
    private static let pqM2: Float = 2_523.0 / 4_096 * 128
    private static let pqC1: Float = 3_424.0 / 4_096
    private static let pqC2: Float = 2_413.0 / 4_096 * 32
    private static let pqC3: Float = 2_392.0 / 4_096 * 32
    private static let hlgA: Float = 0.17883277
    private static let hlgB: Float = 0.28466892
    private static let hlgC: Float = 0.55991073
}

extension SIMD3<Float> {
    fileprivate func mapped(_ transform: (Float) -> Float) -> SIMD3<Float> {
        SIMD3(transform(x), transform(y), transform(z))
    }
}
