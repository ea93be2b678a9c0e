//! Behaviour of the program. One binary: each module reads like a part of the specification.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub)]

mod cli;
mod corpus;
mod daemon;
mod damage;
mod fetch;
mod groups;
mod gzip;
mod replay;
mod seed;
mod simulation;
mod store;
mod tidy;
mod web_server;
mod world;
