//! The build script: puts the probe into the plugin, where scripts/build-probe has built it before.
//!
//! It is optional so that building the plugin needs no compiler for other machines.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

fn main() -> io::Result<()> {
    writeln!(io::stdout(), "cargo::rerun-if-changed=src/probe/embed.rs")?;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut text = String::from("&[");
    if env::var_os("CARGO_FEATURE_PLUGIN").is_some()
        && let Some(folder) = folder(&out)
    {
        // What is not there yet would be looked for at each build; a folder can be watched, also an empty one.
        fs::create_dir_all(&folder)?;
        writeln!(io::stdout(), "cargo::rerun-if-changed={}", folder.display())?;
        for architecture in ARCHITECTURES {
            let program = folder.join(format!("podid-probe-{architecture}"));
            if program.is_file() {
                let packed = out.join(format!("podid-probe-{architecture}.deflate"));
                fs::write(&packed, deflated(&fs::read(&program)?)?)?;
                text.push_str(&format!("({architecture:?}, include_bytes!({:?})),", packed.display().to_string()));
            }
        }
    }
    text.push(']');
    fs::write(out.join("probes.rs"), text)
}

/// Half the size: the programs are the larger part of what is not code.
fn deflated(program: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(program)?;
    encoder.finish()
}

/// `probe` in the folder that everything is built into, which Cargo marks with a file.
fn folder(out: &Path) -> Option<PathBuf> {
    let target = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    Some(target.join("probe"))
}
