//! Text of files: encoding, lines, fields, numbers, dates.
