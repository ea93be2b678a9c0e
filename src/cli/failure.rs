//! Why a command ends badly, and its exit code.

use std::io;
use std::io::Write;
use std::process::ExitCode;

use crate::config::ConfigErrors;
use crate::daemon::ControlError;
use crate::daemon::DaemonError;
use crate::daemon::NotifierError;
use crate::daemon::OrderError;
use crate::daemon::SetupError;
use crate::mail::MailError;
use crate::report::ReportError;
use crate::store::StoreError;

/// Wrong arguments (sysexits.h, EX_USAGE).
pub(super) const WRONG_ARGUMENTS: u8 = 64;
/// Wrong configuration (sysexits.h, EX_CONFIG).
const WRONG_CONFIGURATION: u8 = 78;

/// Why a command ends badly.
#[derive(Debug)]
pub(super) enum Failure {
    /// Something on the command line.
    Arguments(String),
    /// Something in the configuration.
    Configuration(ConfigErrors),
    /// Anything else.
    Other(String),
    /// The command printed what needs a person; its exit code says so.
    NeedsAPerson,
    /// Whoever read our output went away: nothing more to say.
    OutputClosed,
}

impl Failure {
    /// Says on standard error what happened and answers the exit code.
    pub(super) fn report(self) -> ExitCode {
        match self {
            Self::Arguments(message) => {
                complain(&message);
                ExitCode::from(WRONG_ARGUMENTS)
            }
            Self::Configuration(errors) => {
                complain(&errors.to_string());
                ExitCode::from(WRONG_CONFIGURATION)
            }
            Self::Other(message) => {
                complain(&format!("kabar: {message}"));
                ExitCode::FAILURE
            }
            Self::NeedsAPerson => ExitCode::FAILURE,
            Self::OutputClosed => ExitCode::SUCCESS,
        }
    }

    /// Anything with words becomes a failure of the last class.
    pub(super) fn other(error: &dyn std::fmt::Display) -> Self {
        Self::Other(error.to_string())
    }
}

/// Says something on standard error.
pub(super) fn complain(message: &str) {
    // Nothing can be done where even standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{message}");
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self::Configuration(errors)
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Query { .. }
            | ReportError::Recipient { .. }
            | ReportError::Feed(_)
            | ReportError::Watch(_) => Self::Arguments(error.to_string()),
            ReportError::Store(_) | ReportError::Letter(_) => Self::other(&error),
        }
    }
}

impl From<OrderError> for Failure {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Unknown(_) | OrderError::Sent { .. } | OrderError::GivenUp { .. } => {
                Self::Arguments(error.to_string())
            }
            OrderError::Report(error) => error.into(),
            OrderError::Store(_) | OrderError::Stranger { .. } | OrderError::UnderWay(_) => Self::other(&error),
        }
    }
}

macro_rules! other_failure {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::other(&error)
            }
        })*
    };
}

other_failure!(
    StoreError,
    MailError,
    SetupError,
    NotifierError,
    DaemonError,
    ControlError
);
