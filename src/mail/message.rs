//! Placeholder.
/// Check.
pub fn check_mailbox(text: &str) -> Result<String, String> {
    if text.contains('@') {
        Ok(text.to_owned())
    } else {
        Err(format!("\"{text}\" is no mailbox; write \"me@example.org\""))
    }
}
