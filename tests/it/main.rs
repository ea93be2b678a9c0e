//! Behaviour of the program. One binary: each module reads like a part of the specification.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub)]

mod alerts;
mod asking;
mod cli;
mod clock;
mod commands;
mod corpus;
mod crash;
mod crashing;
mod daemon;
mod dice;
mod fetch;
mod groups;
mod gzip;
mod hostile;
mod kills;
mod letter;
mod mail_server;
mod outbox;
mod polling;
mod replay;
mod seed;
mod simulation;
mod store;
mod strangers;
mod tidy;
mod web_server;
mod world;
mod year;
