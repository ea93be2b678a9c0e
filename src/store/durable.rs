//! The guards around sled 0.34.7: what its own `open` and `flush` leave out.
//!
//! Each guard names the fact that cost others dearly; `tests/it/store.rs` has a test for each.

use std::fs;
use std::fs::File;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use crate::store::StoreError;

/// The mode of the state directory.
const PRIVATE: u32 = 0o700;
/// What group and others may.
const OTHERS: u32 = 0o077;
/// Memory for pages. sled's default is 1 GiB.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// With this segment size leaves of up to 1 MiB stay in the log instead of in blob files that are never synced.
const SEGMENT_BYTES: usize = 4 * 1024 * 1024;
/// Tries to open a store that is in use: the engine's own threads hold the lock for a moment after it was closed.
const OPEN_TRIES: u32 = 20;
/// Between two tries; all of them take a second.
const OPEN_PAUSE: Duration = Duration::from_millis(50);
/// What to do when the engine fails.
const REMEDY: &str = "free some disk space, look at the disk's health, and start kabar again";

/// Makes the state directory (mode 0700) and opens the engine in it.
pub(super) fn open(directory: &Path) -> Result<sled::Db, StoreError> {
    let refused = |what| {
        move |source| StoreError::Directory {
            path: directory.display().to_string(),
            what,
            source,
        }
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE)
        .create(directory)
        .map_err(refused("cannot be created"))?;
    let metadata = fs::metadata(directory).map_err(refused("cannot be read"))?;
    if !metadata.is_dir() {
        return Err(refused("is no directory")(io::ErrorKind::NotADirectory.into()));
    }
    let own = probe(directory).map_err(refused("cannot be written"))?;
    if metadata.uid() != own {
        return Err(refused("belongs to another user")(
            io::ErrorKind::PermissionDenied.into(),
        ));
    }
    make_private(directory, metadata.mode())?;
    remove_half_snapshots(directory).map_err(refused("cannot be cleaned"))?;
    let db = open_engine(directory)?;
    // At every start: a first start that was killed before this line left it undone.
    sync(directory).map_err(refused("cannot be synced"))?;
    match directory.parent().map_or(Ok(()), sync) {
        // Whoever made a directory that we may enter but not read has synced it.
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied => Err(refused("cannot be synced")(error))?,
        Ok(()) | Err(_) => {}
    }
    Ok(db)
}

/// Writes everything that was acknowledged to the disk's medium.
///
/// sled's `flush` is `sync_file_range` on Linux: after a power cut acknowledged batches were gone and the store would
/// not open. An fsync of the file through any descriptor closes the hole.
pub(super) fn flush(db: &sled::Db, directory: &Path) -> Result<(), StoreError> {
    db.flush().map_err(|error| failed(directory, "written", &error))?;
    let synced = File::open(directory.join("db")).and_then(|file| file.sync_all());
    synced.map_err(|error| failed(directory, "written", &error.into()))
}

/// The engine's word as ours. Whoever gets it must end the process.
pub(super) fn failed(directory: &Path, what: &'static str, error: &sled::Error) -> StoreError {
    let reason = error.to_string();
    StoreError::Engine {
        path: directory.display().to_string(),
        what,
        reason,
        remedy: REMEDY,
    }
}

/// Opens the engine; where it is in use, waits a moment for its last owner to let go.
fn open_engine(directory: &Path) -> Result<sled::Db, StoreError> {
    let mut tries = OPEN_TRIES;
    loop {
        tries -= 1;
        match try_open(directory) {
            Err(StoreError::InUse { .. }) if tries > 0 => std::thread::sleep(OPEN_PAUSE),
            result => return result,
        }
    }
}

fn try_open(directory: &Path) -> Result<sled::Db, StoreError> {
    let config = sled::Config::new()
        .path(directory)
        .cache_capacity(CACHE_BYTES)
        .segment_size(SEGMENT_BYTES)
        // Every acknowledged change is flushed by us.
        .flush_every_ms(None);
    // A damaged file was seen to panic inside `open` instead of returning an error: the panic ends this thread only.
    match std::thread::spawn(move || config.open()).join() {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(sled::Error::Io(error))) if is_lock(&error) => Err(StoreError::InUse {
            path: directory.display().to_string(),
        }),
        // What it does not know as its own file it takes for one of an old version.
        Ok(Err(sled::Error::Unsupported(_) | sled::Error::Corruption { .. } | sled::Error::ReportableBug(_)))
        | Err(_) => Err(StoreError::Damaged {
            path: directory.display().to_string(),
            tree: "db",
            reason: "the engine cannot read its file".to_owned(),
        }),
        Ok(Err(error)) => Err(failed(directory, "opened", &error)),
    }
}

fn is_lock(error: &io::Error) -> bool {
    // sled wraps the refused flock in an `Other` error that keeps the system's words.
    error.kind() == io::ErrorKind::WouldBlock || error.to_string().contains("WouldBlock")
}

/// Closes a directory of ours that others can read. One that holds other things may be shared on purpose: that is the
/// user's to decide, before there is anything of ours in it.
fn make_private(directory: &Path, mode: u32) -> Result<(), StoreError> {
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let path = || directory.display().to_string();
    let refused = |source| StoreError::Directory {
        path: path(),
        what: "cannot be made private",
        source,
    };
    let is_empty = fs::read_dir(directory).map_err(refused)?.next().is_none();
    if !is_empty && !directory.join("db").exists() {
        return Err(StoreError::Exposed { path: path() });
    }
    fs::set_permissions(directory, fs::Permissions::from_mode(PRIVATE)).map_err(refused)
}

/// A file that can be written now: a full or read-only disk is better found here than inside the engine.
/// Answers the user whom new files belong to.
fn probe(directory: &Path) -> io::Result<u32> {
    let path = directory.join(".probe");
    fs::write(&path, [0; 4096])?;
    let file = File::open(&path)?;
    file.sync_all()?;
    let user = file.metadata()?.uid();
    fs::remove_file(&path)?;
    Ok(user)
}

/// A crash during recovery leaves `snap.*.generating`, and every later open fails with Corruption. The old snapshot is
/// only removed after the rename, so nothing is lost with it.
fn remove_half_snapshots(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn sync(directory: &Path) -> io::Result<()> {
    // "" is the parent of a relative path with one component.
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    File::open(directory)?.sync_all()
}

/// 16 random bytes, which differ between installations.
pub(super) fn random_bytes() -> [u8; 16] {
    use std::hash::BuildHasher;
    // The standard library seeds each `RandomState` from the system's random numbers.
    let half = |n: u8| std::hash::RandomState::new().hash_one(n).to_be_bytes();
    crate::dedup::hash128(&[half(0), half(1)].concat())
}
