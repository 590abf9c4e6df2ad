//! What ships inside the binary, packed: the examples and the probe. [`unpack`] reads what the build script in `packed` has packed.

use std::io::Read;

use lzma_rust2::Lzma2Reader;
use lzma_rust2::filter::bcj::BcjReader;

/// As the build script packs.
const DICTIONARY: u32 = 4 << 20;

/// What was packed: a program for an architecture, in Kubernetes' words, or, without one, a text. `None` cannot happen to what
/// the build script has packed.
pub fn unpack(packed: &[u8], architecture: Option<&str>) -> Option<Vec<u8>> {
    let reader = Lzma2Reader::new(packed, DICTIONARY, None);
    match architecture {
        None => read(reader),
        Some("amd64") => read(BcjReader::new_x86(reader, 0)),
        Some("arm64") => read(BcjReader::new_arm64(reader, 0)),
        Some(_) => None,
    }
}

fn read(mut reader: impl Read) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    reader.read_to_end(&mut content).ok()?;
    Some(content)
}
