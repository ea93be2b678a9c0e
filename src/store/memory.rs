//! Placeholder.
/// Memory.
pub struct MemoryStore;
