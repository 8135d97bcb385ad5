import ArgumentParser
import CProcess
import Glibc

/// What a process that handles users' files does first, before it reads secrets; ends the program where that fails.
func prepareProcess() throws {
    // With an arena for each thread, glibc keeps freed buffers many times over: two save a tenth of the peak
    // memory of many uploads at once, at no cost in time that could be measured.
    satchel_tune_malloc(2)
    // Memory and environment hold the secrets of storage and tokens, and users' files: a core file would keep them on a
    // disk, and another process of the same user could read them. Nobody needs to ask for this, so it is no setting.
    let refusal = satchel_forbid_dumps()
    guard refusal == 0 else {
        Console.printError("satchel: core dumps cannot be forbidden: \(String(cString: strerror(refusal)))")
        throw ExitCode.failure
    }
}
