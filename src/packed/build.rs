//! The build script: packs what ships inside the binary, half its size: the examples, and the probe where scripts/build-probe
//! has built it before.
//!
//! The probe is optional so that building the plugin needs no compiler for other machines.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use lzma_rust2::filter::bcj::BcjWriter;
use lzma_rust2::{Lzma2Options, Lzma2Writer};

/// As `unpack.rs` expects it.
const DICTIONARY: u32 = 4 << 20;
/// Kubernetes' names of the architectures.
const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

fn main() -> io::Result<()> {
    writeln!(io::stdout(), "cargo::rerun-if-changed=src/packed/build.rs\ncargo::rerun-if-changed=src/demo")?;
    writeln!(io::stdout(), "cargo::rustc-env=PODID_TARGET={}", env::var("TARGET").unwrap_or_default())?;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("examples.lzma"), packed(examples()?.as_bytes(), "")?)?;
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
                let file = out.join(format!("podid-probe-{architecture}.lzma"));
                fs::write(&file, packed(&fs::read(&program)?, architecture)?)?;
                text.push_str(&format!("({architecture:?}, include_bytes!({:?})),", file.display().to_string()));
            }
        }
    }
    text.push(']');
    fs::write(out.join("probes.rs"), text)
}

/// Name and text of each example, each ended by a zero.
fn examples() -> io::Result<String> {
    let mut files: Vec<PathBuf> =
        fs::read_dir("src/demo")?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    let mut all = String::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        all.push_str(&format!("{name}\0{}\0", fs::read_to_string(&file)?));
    }
    Ok(all)
}

/// Packs; the jumps of a program pack better once they are absolute.
fn packed(content: &[u8], architecture: &str) -> io::Result<Vec<u8>> {
    let mut options = Lzma2Options::with_preset(9);
    options.lzma_options.dict_size = DICTIONARY;
    match architecture {
        "amd64" => {
            let mut filter = BcjWriter::new_x86(Lzma2Writer::new(Vec::new(), options), 0);
            filter.write_all(content)?;
            filter.finish()?.finish()
        }
        "arm64" => {
            // Each instruction has four bytes.
            (options.lzma_options.lc, options.lzma_options.lp, options.lzma_options.pb) = (2, 2, 2);
            let mut filter = BcjWriter::new_arm64(Lzma2Writer::new(Vec::new(), options), 0);
            filter.write_all(content)?;
            filter.finish()?.finish()
        }
        _ => {
            let mut writer = Lzma2Writer::new(Vec::new(), options);
            writer.write_all(content)?;
            writer.finish()
        }
    }
}

/// `probe` in the folder that everything is built into. Cargo marks that with a file if it has made it, and also the folder of
/// each target inside it; else it is where Cargo's layout has it.
fn folder(out: &Path) -> Option<PathBuf> {
    let marked = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let found = marked.or_else(|| out.ancestors().nth(4))?;
    let is_of_a_target = found.file_name() == env::var_os("TARGET").as_deref();
    let target = if is_of_a_target { found.parent()? } else { found };
    Some(target.join("probe"))
}
