//! The probe in real containers: the ways in, what it tells that nothing else does, and what it leaves.

mod containers;
mod way_there;
mod ways;
