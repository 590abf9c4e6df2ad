//! Plays the parts of EKS that are not to be had from a registry.
