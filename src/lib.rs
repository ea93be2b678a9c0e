//! kabar watches the news: it polls feeds, keeps each story once under its source URL, and mails what a watch finds.
//!
//! The folders stand in the order in which a news item travels. **Imports only point up this list**; a test
//! (`tests/it/tidy.rs`) reads the sources and checks it, together with the size of files and functions.
//!
//! | tier | module | owns |
//! |---|---|---|
//! | 1, pure | [`base64`] | bytes spelled as text |
//! | 1, pure | [`hash`] | hashes for keys |
//! | 1, pure | [`feed`] | what we poll, what we know of it, and reading its document |
//! | 1, pure | [`schedule`] | when to poll: next poll, one request per host |
//! | 1, pure | [`dedup`] | source URL, aliases, which sightings are one story, which texts are nearly the same |
//! | 1, pure | [`watch`] | the watch language, visible text, matching |
//! | 1, pure | [`digest`] | entries of a mail, slots in time zones, rendering, retry decisions |
//! | 1, pure | [`intake`] | one finished poll and what was known before become one record |
//! | 2, edge | [`fetch`] | the web: one conditional GET |
//! | 2, edge | [`store`] | the disk: one method is one durable transaction; backups |
//! | 2, edge | [`mail`] | mail servers and mail directories |
//! | 2, edge | [`config`] | the configuration file, checked as a whole |
//! | 3 | [`report`] | answers to what people ask: status, feeds, stories, why |
//! | 3 | [`daemon`] | tasks, clocks, signals, the control socket |
//! | 3 | [`cli`] | one file per command |
//!
//! Tier 1 names no runtime, no file, no socket and no clock: time is an argument. An edge knows no other edge.
//! The store is the queue: a crash at any point is a restart from the last transaction.

pub mod base64;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod dedup;
pub mod digest;
pub mod feed;
pub mod fetch;
pub mod hash;
pub mod intake;
pub mod mail;
pub mod report;
pub mod schedule;
pub mod store;
pub mod watch;
