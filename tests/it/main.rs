//! Behaviour of the program. One binary: each module reads like a part of the specification.
#![allow(clippy::unwrap_used, missing_docs)]

mod cli;
mod seed;
mod simulation;
mod store;
mod world;
