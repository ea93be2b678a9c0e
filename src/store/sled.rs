//! Placeholder.
/// Sled.
pub struct SledStore;
impl SledStore {
    /// Opens.
    pub fn open(_: &std::path::Path) -> Result<Self, super::StoreError> {
        unreachable!("placeholder")
    }
}
