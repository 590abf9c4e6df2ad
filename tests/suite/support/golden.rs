//! Texts that are kept beside the tests: compared, or written when `UPDATE=1` is set.

use std::path::{Path, PathBuf};

/// A file of the package.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a text with its file and says how they differ; with `UPDATE=1` writes the file instead.
pub fn difference(path: &Path, actual: &str) -> Option<String> {
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    if kept == actual {
        return None;
    }
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder that can be made");
        std::fs::write(path, actual).expect("a file that can be written");
        return None;
    }
    let line = kept.lines().zip(actual.lines()).take_while(|(one, other)| one == other).count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    Some(format!(
        "{} differs in line {}:\n  kept  {}\n  now   {}\n(UPDATE=1 writes it)",
        path.display(),
        line + 1,
        at(&kept),
        at(actual)
    ))
}
