//! Where the ledger lies: its directory, private to the user and on a disk that SQLite's write-ahead log can be shared
//! on. Knows nothing of tables.

use crate::StoreError;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes the directory (0700) where it is missing, tightens it where others could enter, and refuses file systems on
/// which processes cannot share memory over a file.
pub(crate) fn prepare(directory: &Path) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::Database {
        path: directory.display().to_string(),
        message: format!("its directory cannot be made private: {error}"),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
    if directory.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        std::fs::set_permissions(directory, Permissions::from_mode(0o700)).map_err(failed)?;
    }
    match shared_file_system(directory).map_err(failed)? {
        Some(kind) => {
            Err(StoreError::UnsafeFileSystem { path: directory.display().to_string(), kind: kind.to_owned() })
        }
        None => Ok(()),
    }
}

/// Opens a file of the directory for writing, 0600, and makes it where it is missing. SQLite gives its side files the
/// mode of the database, so this keeps all of them private.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(target_os = "linux")]
fn shared_file_system(directory: &Path) -> io::Result<Option<&'static str>> {
    let magic = rustix::fs::statfs(directory)?.f_type;
    // The type differs between platforms (i64, u32); every magic number fits 32 bits.
    Ok(name_of_shared(magic as u32))
}

#[cfg(not(target_os = "linux"))]
fn shared_file_system(_directory: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}

/// Names the file systems that live on another host or in another kernel (`linux/magic.h`). FUSE cannot be told from
/// virtiofs or sshfs, so all of it is refused.
fn name_of_shared(magic: u32) -> Option<&'static str> {
    match magic {
        0x6969 => Some("NFS"),
        0x517B | 0xFE53_4D42 | 0xFF53_4D42 => Some("an SMB share"),
        0x0102_1997 => Some("9p (a folder shared into a virtual machine)"),
        0x6573_5546 => Some("FUSE (virtiofs, sshfs and the like)"),
        0x5346_414F | 0x6B41_4653 => Some("AFS"),
        0x00C3_6400 => Some("Ceph"),
        0x7375_7245 => Some("Coda"),
        0x0BD0_0BD0 => Some("Lustre"),
        0x4750_4653 => Some("GPFS"),
        0x1983_0326 => Some("BeeGFS"),
        0x786F_4256 => Some("a VirtualBox shared folder"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_private_directories_and_tightens_open_ones() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("state/tollgate");
        prepare(&directory).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&directory), mode(&home.path().join("state"))), (0o700, 0o700));
        std::fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
        prepare(&directory).unwrap();
        assert_eq!(mode(&directory), 0o700);
        private_file(&directory.join("hub.lock")).unwrap();
        assert_eq!(mode(&directory.join("hub.lock")), 0o600);
    }

    #[test]
    fn says_why_when_the_directory_cannot_be() {
        let home = tempfile::tempdir().unwrap();
        private_file(&home.path().join("taken")).unwrap();
        let error = prepare(&home.path().join("taken/tollgate")).unwrap_err();
        assert!(error.to_string().contains("cannot be made private"), "{error}");
    }

    #[test]
    fn knows_file_systems_of_other_hosts() {
        assert_eq!(name_of_shared(0x6969), Some("NFS"));
        assert!(name_of_shared(0x0102_1997).unwrap().starts_with("9p"));
        for local in [0xEF53, 0x0102_1994, 0x9123_683E, 0x5846_5342, 0x794C_7630] {
            assert_eq!(name_of_shared(local), None, "{local:#x}");
        }
    }
}
