//! Placeholder.
/// Schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule(String);
/// Quiet.
#[derive(Clone, Debug, PartialEq)]
pub struct QuietHours(String);
impl Schedule {
    /// Parse.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains("am") {
            Err(format!("\"{text}\" is no schedule; write \"daily 07:00\""))
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}
impl QuietHours {
    /// Parse.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains("am") {
            Err(format!("\"{text}\" is no span; write \"22:00-06:30\""))
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}
