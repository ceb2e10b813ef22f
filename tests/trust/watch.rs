//! What must not happen, seen from outside: processes, sockets, and changes of files.

use crate::place::Place;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{ErrorKind, Read},
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Programs that anything might start. Each leaves a mark.
const TRAPS: [&str; 16] = [
    "git",
    "sh",
    "bash",
    "touch",
    "env",
    "true",
    "claude",
    "codex",
    "opencode",
    "gemini",
    "node",
    "python3",
    "cargo",
    "bwrap",
    "ssh-keygen",
    "curl",
];

/// Puts traps in the way of every program, and nothing else on the search path.
pub(crate) fn set_traps(place: &mut Place) {
    for name in TRAPS {
        place.program(name, &format!("echo {name} \"$@\" >> {}", place.path("caught").display()));
    }
    place.variables.insert("PATH".to_owned(), place.path("bin").display().to_string());
}

/// What the traps caught.
pub(crate) fn caught(place: &Place) -> String {
    fs::read_to_string(place.path("caught")).unwrap_or_default()
}

/// The numbers of a process: children it has, children it has buried (by the page faults they left it), and sockets that
/// lead out of the machine's own files.
#[derive(Debug, PartialEq, Eq, Default)]
pub(crate) struct Footprint {
    pub(crate) children: usize,
    pub(crate) buried: u64,
    pub(crate) sockets: usize,
}

/// Looks at a process.
pub(crate) fn footprint(pid: u32) -> Footprint {
    let text = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let stat = text("stat");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let mut inodes = BTreeSet::new();
    for table in ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"] {
        inodes.extend(
            text(&format!("net/{table}"))
                .lines()
                .skip(1)
                .filter_map(|line| Some(format!("socket:[{}]", line.split_whitespace().nth(9)?))),
        );
    }
    let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let sockets = open
        .filter_map(|entry| Some(fs::read_link(entry.path()).ok()?.display().to_string()))
        .filter(|target| inodes.contains(target))
        .count();
    Footprint { children: children(pid).len(), buried: fields[8].parse().unwrap(), sockets }
}

/// The living children of a process.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Living processes whose command line holds this word.
pub(crate) fn processes_with(word: &str) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let said = |pid: &u32| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    all.filter(|pid: &u32| *pid != std::process::id() && String::from_utf8_lossy(&said(pid)).contains(word)).collect()
}

/// Everything of a folder that a write would change.
pub(crate) fn snapshot(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            // what goes away while it is looked at is not there
            let Ok(metadata) = entry.path().symlink_metadata() else { continue };
            let (written, changed) =
                ((metadata.mtime(), metadata.mtime_nsec()), (metadata.ctime(), metadata.ctime_nsec()));
            let line = format!("{} {} {written:?} {changed:?} {:o}", metadata.ino(), metadata.size(), metadata.mode());
            found.insert(entry.path().display().to_string(), line);
            if metadata.is_dir() {
                todo.push(entry.path());
            }
        }
    }
    found
}

/// A port of this machine that must stay silent.
pub(crate) struct Port {
    /// Its number.
    pub(crate) number: u16,
    end: Arc<AtomicBool>,
    ear: Option<JoinHandle<Vec<u8>>>,
}

/// Listens.
pub(crate) fn listen() -> Port {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let number = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    let end = Arc::new(AtomicBool::new(false));
    let over = end.clone();
    let ear = std::thread::spawn(move || {
        let mut heard = Vec::new();
        loop {
            match listener.accept() {
                Ok((mut stream, _)) => {
                    heard.extend_from_slice(b"connected ");
                    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
                    // what came before the silence is enough
                    let _ = stream.read_to_end(&mut heard);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock && over.load(Ordering::SeqCst) => return heard,
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    });
    Port { number, end, ear: Some(ear) }
}

impl Port {
    /// What was heard.
    pub(crate) fn heard(mut self) -> String {
        self.end.store(true, Ordering::SeqCst);
        String::from_utf8_lossy(&self.ear.take().unwrap().join().unwrap()).into_owned()
    }
}

/// The instruments of this suite see what they are for: a child, a buried child, a connection, a write, a start by name.
#[test]
fn the_instruments_see() {
    use std::{net::TcpStream, process::Command};
    let mut place = crate::place::empty();
    let before = snapshot(&place.root);
    let mut shell = Command::new("/bin/sh").args(["-c", "/bin/true; /bin/sleep 20; true"]).spawn().unwrap();
    crate::place::until("a child lives and one is buried", || {
        let seen = footprint(shell.id());
        seen.children == 1 && seen.buried > 0
    });
    children(shell.id()).into_iter().for_each(|pid| {
        assert!(Command::new("/bin/kill").arg(pid.to_string()).status().unwrap().success());
    });
    shell.wait().unwrap();
    let port = listen();
    let stream = TcpStream::connect(("127.0.0.1", port.number)).unwrap();
    assert!(footprint(std::process::id()).sockets >= 2, "the listener and the connection");
    drop(stream);
    assert!(port.heard().contains("connected"));
    place.write("a", "b");
    assert_ne!(snapshot(&place.root), before);
    set_traps(&mut place);
    assert!(Command::new(place.path("bin/git")).arg("status").status().unwrap().success());
    assert_eq!(caught(&place), "git status\n");
}
