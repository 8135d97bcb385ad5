/// IPTC's older metadata (IIM 4.2, chapter 1.6): a list of records, each with a number for what it is.
enum IPTCRecords {
    private static let marker: UInt8 = 0x1C
    private static let applicationRecord: UInt8 = 2
    /// Content location code and name, city, sublocation, province, country code and name.
    private static let places: Set<UInt8> = [26, 27, 90, 92, 95, 100, 101]

    /// The records with spaces for the places, as long as before; zeros from where they are broken.
    static func withoutPlaces(_ records: [UInt8]) -> [UInt8] {
        var result = records
        var offset = 0
        while offset < records.count, records[offset] != 0 {
            guard records[offset] == marker, let size = records.unsigned(at: offset + 3, 2), size < 0x8000,
                offset + 5 + Int(size) <= records.count
            else {
                for index in offset..<records.count { result[index] = 0 }
                return result
            }
            let end = offset + 5 + Int(size)
            if records[offset + 1] == applicationRecord, places.contains(records[offset + 2]) {
                for index in offset + 5..<end { result[index] = UInt8(ascii: " ") }
            }
            offset = end
        }
        // What stands behind the last record is padding.
        for index in offset..<records.count { result[index] = 0 }
        return result
    }
}
