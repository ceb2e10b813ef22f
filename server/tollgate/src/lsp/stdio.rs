//! Standard input and output, taken away from everybody else in the process.
//!
//! After [`take`], a stray print lands on standard error instead of between two frames, and whoever opens `/dev/stdin`
//! (a link in a checkout may point there) finds it empty instead of eating the client's messages.

use std::{
    fs::File,
    io::{self, stdin, stdout},
};

/// The client's two pipes, without buffers.
#[cfg(unix)]
pub(super) fn take() -> io::Result<(File, File)> {
    use rustix::fs::{Mode, OFlags, open};
    use std::os::fd::AsFd;
    let input = File::from(stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(stdout().as_fd().try_clone_to_owned()?);
    // Without /dev/null (a bare container) there is nothing to put in its place.
    if let Ok(nothing) = open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
        rustix::stdio::dup2_stdin(nothing)?;
    }
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok((input, output))
}

/// The client's two pipes, without buffers.
#[cfg(windows)]
pub(super) fn take() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;
    Ok((stdin().as_handle().try_clone_to_owned()?.into(), stdout().as_handle().try_clone_to_owned()?.into()))
}
