//! Where the configuration is looked for, and where the state lives by default.
//!
//! Owns the order of places. Never reads the file.

use std::path::Path;
use std::path::PathBuf;

use crate::config::environment::Environment;
use crate::config::errors::ConfigErrors;

/// The file's name in every folder where it is looked for.
const FILE_NAME: &str = "kabar.toml";

/// The service's configuration (PRODUCT section 3).
const SERVICE_FILE: &str = "/etc/kabar/kabar.toml";

/// The configuration to read: the flag's, `$KABAR_CONFIG`, `./kabar.toml`, the user's, the service's.
///
/// # Errors
/// The file that was named is missing, or none is found: every place that was looked at.
pub fn find(flag: Option<&Path>, environment: &Environment) -> Result<PathBuf, ConfigErrors> {
    let named = flag
        .map(Path::to_owned)
        .or_else(|| environment.variable("KABAR_CONFIG").map(PathBuf::from));
    if let Some(named) = named {
        let path = environment.directory.join(named);
        return if may_exist(&path) {
            Ok(path)
        } else {
            Err(ConfigErrors::one(
                path.display(),
                format!("there is no such file; write one with: kabar init {}", path.display()),
            ))
        };
    }
    let places = places(environment);
    if let Some(path) = places.iter().find(|path| may_exist(path)) {
        return Ok(path.clone());
    }
    let looked: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
    Err(ConfigErrors::one(
        "no configuration found",
        format!("looked for {}; write one with: kabar init", looked.join(", ")),
    ))
}

/// A file in a folder that this user may not enter is not missing: reading it says why it cannot be read.
fn may_exist(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// Where `kabar init` writes when it is not told: the user's own file.
pub fn user_file(environment: &Environment) -> Option<PathBuf> {
    let folder = environment.xdg("XDG_CONFIG_HOME", ".config")?;
    Some(folder.join("kabar").join(FILE_NAME))
}

fn places(environment: &Environment) -> Vec<PathBuf> {
    let mut places = vec![environment.directory.join(FILE_NAME)];
    places.extend(user_file(environment));
    places.push(PathBuf::from(SERVICE_FILE));
    places
}

/// The state directory where the file names none: `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/kabar`.
pub(crate) fn default_state(environment: &Environment) -> Option<PathBuf> {
    if let Some(directories) = environment.variable("STATE_DIRECTORY") {
        // systemd separates several with a colon (systemd.exec, RuntimeDirectory=).
        return directories.split(':').next().map(PathBuf::from);
    }
    Some(environment.xdg("XDG_STATE_HOME", ".local/state")?.join("kabar"))
}
