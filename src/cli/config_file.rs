//! The configuration file while a command edits it: read, changed, checked, replaced, and taken up by a running daemon.

use crate::cli::Globals;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::config::edit;
use crate::config::edit::EditError;
use crate::config::edit::List;
use crate::daemon;
use crate::daemon::ControlError;

/// The configuration file as it is.
pub(super) struct ConfigFile {
    /// Its text.
    pub(super) text: String,
    /// What it says.
    pub(super) config: Config,
    environment: Environment,
}

impl ConfigFile {
    /// Reads the file that the command line and the environment name.
    pub(super) fn open(globals: &Globals) -> Result<Self, Failure> {
        let environment = Environment::of_process();
        let path = config::find(globals.config.as_deref(), &environment)?;
        let path = environment.directory.join(path);
        let text = config::read(&path)?;
        let config = config::check(&path, &text, &environment)?;
        Ok(Self {
            text,
            config,
            environment,
        })
    }

    /// Writes the edited text, once it is known to be a configuration; `done` is what was done to an entry of `list`.
    pub(super) fn replace(&self, list: List, edited: Result<String, EditError>, done: &str) -> Result<Config, Failure> {
        let path = &self.config.file;
        let text = edited.map_err(|error| Failure::Arguments(format!("{}: {error}", path.display())))?;
        let new = config::check(path, &text, &self.environment).map_err(|errors| {
            Failure::Arguments(format!("the {} was not {done}, since then\n{errors}", list.word()))
        })?;
        let count = |config: &Config| match list {
            List::Watches => config.watches.len(),
            List::Feeds => config.feeds.len(),
        };
        if count(&new) == count(&self.config) {
            let key = list.key();
            let message =
                format!("a KABAR_ variable of the environment stands over the {key} of the file; unset it first");
            return Err(Failure::Arguments(message));
        }
        edit::replace(path, &text).map_err(|error| {
            Failure::Other(format!(
                "{}: cannot be written: {error}; nothing was changed",
                path.display()
            ))
        })?;
        Ok(new)
    }
}

/// Has a running daemon take the new configuration, and says whether it did.
pub(super) fn adopt(config: &Config) -> Result<(), Failure> {
    match daemon::reload(config) {
        Ok(()) => out::print("the running kabar uses it now\n"),
        Err(ControlError::NotRunning) => out::print("kabar uses it from its next start\n"),
        Err(error @ (ControlError::Refused(_) | ControlError::Connection { .. } | ControlError::NotOurs { .. })) => {
            Err(error.into())
        }
    }
}
