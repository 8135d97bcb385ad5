import CLibAV
import Glibc
import Media

extension MediaFailure {
    static var outOfMemory: MediaFailure {
        MediaFailure(.outOfMemory, "No memory is left for the job.")
    }

    /// The failure that an FFmpeg error code means; one for lack of memory is always that.
    init(libav error: Int32, _ code: Code, _ doing: String) {
        if error == satchel_averror(ENOMEM) {
            self = .outOfMemory
            return
        }
        var text = [CChar](repeating: 0, count: 128)
        av_strerror(error, &text, text.count)
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        self.init(code, "\(doing): \(String(decoding: bytes, as: UTF8.self)).")
    }
}
