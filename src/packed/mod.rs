//! What ships inside the binary, packed: the examples and the probe. [`unpack`] reads what the build script beside it has packed.

mod unpack;

pub use unpack::unpack;
