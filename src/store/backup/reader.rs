//! Reading a backup: line by line, and only whole.
//!
//! Knows no store. Whoever takes records must be ready to throw them away: that the file is whole is known at its end.

use std::io::BufRead;
use std::io::Read;

use crate::store::backup::BackupError;
use crate::store::backup::FORMAT;
use crate::store::backup::FORMAT_VERSION;
use crate::store::backup::Header;
use crate::store::backup::Record;
use crate::store::backup::TRAILER_START;
use crate::store::backup::Tally;
use crate::store::backup::Trailer;

/// The first line has a hundred bytes; a file without lines that is no backup is not read into memory.
const HEADER_BYTES_MAX: u64 = 4 * 1024;
/// No record has so many: an engine stores half of it at most, and base64 adds a third.
const LINE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// A backup being read.
pub struct Reader<R> {
    /// Its name, for messages.
    file: String,
    bytes: R,
    line: u64,
    hasher: blake3::Hasher,
    tally: Tally,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line of the backup that `bytes` hold; `file` is its name for messages.
    ///
    /// # Errors
    /// `BackupError::Foreign`, `Version` or `Read`.
    pub fn new(file: &str, bytes: R) -> Result<Self, BackupError> {
        let mut reader = Self {
            file: file.to_owned(),
            bytes,
            line: 0,
            hasher: blake3::Hasher::new(),
            tally: Tally::default(),
        };
        let line = reader.next_line(HEADER_BYTES_MAX)?;
        let foreign = |reason: String| BackupError::Foreign {
            file: file.to_owned(),
            reason,
        };
        if line.is_empty() {
            return Err(foreign("it is empty".to_owned()));
        }
        let header: Header = serde_json::from_slice(&line).map_err(|error| foreign(reason(&error)))?;
        if header.format != FORMAT {
            return Err(foreign(format!("its format is \"{}\"", header.format)));
        }
        if header.version == 0 || header.version > FORMAT_VERSION {
            return Err(BackupError::Version {
                file: file.to_owned(),
                found: header.version,
                kabar: header.kabar,
            });
        }
        if !line.ends_with(b"\n") {
            return Err(reader.cut());
        }
        Ok(reader)
    }

    /// The next record; none after the last, and then the whole backup was read and is what was written.
    ///
    /// # Errors
    /// `BackupError::Cut`, `Damaged` or `Read`, with the line.
    pub fn next_record(&mut self) -> Result<Option<Record>, BackupError> {
        let line = self.next_line(LINE_BYTES_MAX)?;
        if !line.ends_with(b"\n") {
            return Err(self.cut());
        }
        if line.starts_with(TRAILER_START) {
            return self.end(&line).map(|()| None);
        }
        let record: Record = serde_json::from_slice(&line).map_err(|error| self.damaged(reason(&error)))?;
        self.hasher.update(&line);
        self.tally.count(&record);
        Ok(Some(record))
    }

    /// Reads all that is left. Answers how many records the backup has.
    ///
    /// # Errors
    /// As [`Reader::next_record`].
    pub fn check(mut self) -> Result<Tally, BackupError> {
        while self.next_record()?.is_some() {}
        Ok(self.tally)
    }

    /// How many records were read.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Compares the last line with what was read.
    fn end(&mut self, line: &[u8]) -> Result<(), BackupError> {
        let trailer: Trailer = serde_json::from_slice(line).map_err(|error| self.damaged(reason(&error)))?;
        if trailer.end.tally != self.tally {
            let (counted, read) = (trailer.end.tally.records, self.tally.records);
            return Err(self.damaged(format!("it counts {counted} records, and {read} stand above it")));
        }
        if trailer.end.blake3 != self.hasher.finalize().to_hex().as_str() {
            return Err(self.damaged("its hash says that a line above it was changed after it was written".to_owned()));
        }
        if !self.next_line(LINE_BYTES_MAX)?.is_empty() {
            return Err(self.damaged("something follows the last line".to_owned()));
        }
        Ok(())
    }

    /// The next line with its end; empty where nothing follows.
    fn next_line(&mut self, bytes_max: u64) -> Result<Vec<u8>, BackupError> {
        let mut line = Vec::new();
        let read = self.bytes.by_ref().take(bytes_max).read_until(b'\n', &mut line);
        self.line += u64::from(!line.is_empty());
        match read {
            Ok(_) => Ok(line),
            Err(source) => Err(BackupError::Read {
                file: self.file.clone(),
                line: self.line.max(1),
                source,
            }),
        }
    }

    fn cut(&self) -> BackupError {
        BackupError::Cut {
            file: self.file.clone(),
            line: self.line,
        }
    }

    pub(in crate::store) fn damaged(&self, reason: String) -> BackupError {
        BackupError::Damaged {
            file: self.file.clone(),
            line: self.line,
            reason,
        }
    }
}

/// What is wrong with a line; it is always the first that was read, and which one it is in the file is said elsewhere.
fn reason(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}
