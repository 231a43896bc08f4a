use super::*;
use std::io::Write;

fn read(bytes: &[u8], options: &Options) -> Result<(String, Encoding, bool), Refused> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let input = Input::new(file.path(), &options.limits)?;
    let mut text = input.open(options, &Rc::new(Cell::new(options.limits.most_unpacked)))?;
    let mut all = String::new();
    let read = text.reader.read_to_string(&mut all);
    read.map_err(|error| text.refused(error))?;
    Ok((all, text.encoding, text.marked))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn every_encoding_becomes_the_same_text() {
    let text = "Zeit;Müller\n";
    let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    let options = Options::default();
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    for (bytes, encoding, marked) in [
        (text.as_bytes().to_vec(), Encoding::Utf8, false),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8, true),
        (latin, Encoding::Latin1, false),
        ([&b"\xff\xfe"[..], &wide(u16::to_le_bytes)].concat(), Encoding::Utf16Le, true),
        ([&b"\xfe\xff"[..], &wide(u16::to_be_bytes)].concat(), Encoding::Utf16Be, true),
        (wide(u16::to_le_bytes), Encoding::Utf16Le, false),
        (wide(u16::to_be_bytes), Encoding::Utf16Be, false),
    ] {
        assert_eq!(read(&bytes, &options).unwrap(), (text.into(), encoding, marked));
        assert_eq!(read(&gzip(&bytes), &options).unwrap(), (text.into(), encoding, marked));
        let packed = zstd::encode_all(&bytes[..], 1).unwrap();
        assert_eq!(read(&packed, &options).unwrap(), (text.into(), encoding, marked));
    }
}

#[test]
fn an_option_fixes_the_encoding() {
    let options = Options { encoding: Some(Encoding::Latin1), ..Options::default() };
    assert_eq!(read("ü".as_bytes(), &options).unwrap().0, "Ã¼");
}

#[test]
fn what_a_file_unpacks_to_is_bounded() {
    let mut options = Options::default();
    options.limits.most_unpacked = 3 << 20;
    let refused = read(&gzip(&vec![b'a'; 4 << 20]), &options).unwrap_err();
    assert_eq!(refused.code(), "unpacks-to-too-much");
    assert!(refused.to_string().contains("--most-unpacked"));
    assert!(read(&gzip(&vec![b'a'; 2 << 20]), &options).is_ok());
    // The bound is for packed files only.
    assert!(read(&vec![b'a'; 4 << 20], &options).is_ok());
}

#[test]
fn damaged_and_foreign_files_are_refused() {
    let packed = gzip(&vec![b'a'; 100_000]);
    assert_eq!(read(&packed[..packed.len() / 2], &Options::default()).unwrap_err().code(), "damaged");
    assert_eq!(read(b"PK\x03\x04 sheet", &Options::default()).unwrap_err().code(), "unsupported");
    let options = Options::default();
    let folder = tempfile::tempdir().unwrap();
    let input = Input::new(folder.path(), &options.limits).unwrap();
    assert_eq!(input.open(&options, &Rc::new(Cell::new(1))).err().unwrap().code(), "unreadable");
    let input = Input::new(&folder.path().join("none.csv"), &options.limits).unwrap();
    assert_eq!(input.open(&options, &Rc::new(Cell::new(1))).err().unwrap().code(), "unreadable");
}

#[test]
fn the_name_ends_at_the_first_dot() {
    let stem = |path: &str| Input::new(Path::new(path), &Limits::default()).unwrap().stem();
    assert_eq!(stem("a/HomeB-meter1_2016.csv.gz").as_deref(), Some("HomeB-meter1_2016"));
    assert_eq!(stem("a/.csv"), None);
}
