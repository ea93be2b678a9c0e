//! The mail as people get it: in every language, in every mail program, and whatever a feed puts into it.

mod footer;
mod hostile;
mod linter;
mod look;
mod markup;
mod words;
