//! Real processes on one database: at once, and killed with -9 at any moment. The test binary starts itself as worker.

use super::{asked, cents, org, row};
use spec::record::Outcome;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use store::{Admission, GrantAnswer, ProcessId, Progress, RunState, Sqlite, Store};

const DIRECTORY: &str = "STORE_WORKER_DIRECTORY";
const DUTY: &str = "STORE_WORKER_DUTY";
const NAME: &str = "STORE_WORKER_NAME";
const MONTH: &str = "2026-11";

fn start(directory: &Path, duty: &str, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["processes::worker", "--exact", "--ignored"])
        .env(DIRECTORY, directory)
        .env(DUTY, duty)
        .env(NAME, name)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What a worker has been promised stands in a file of its own: a line is written only after the store has answered.
fn promised(directory: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(directory.join("promises")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        lines.extend(text.lines().map(str::to_owned));
    }
    lines
}

#[test]
#[ignore = "the other process of the tests here"]
fn worker() {
    let directory = std::path::PathBuf::from(std::env::var_os(DIRECTORY).expect("only started by the tests here"));
    let (duty, name) = (std::env::var(DUTY).unwrap(), std::env::var(NAME).unwrap());
    let store = Sqlite::open(&directory.join("state")).unwrap();
    let mut promises = std::fs::File::create(directory.join("promises").join(&name)).unwrap();
    // One write for the whole line: a kill must not cut a promise in half.
    let mut promise = |line: String| promises.write_all(format!("{line}\n").as_bytes()).unwrap();
    let me = ProcessId { pid: std::process::id(), started: 1 };
    match duty.as_str() {
        "ask once" => {
            let limit = cents(100);
            let mut policy = |money: &[spec::cost::ScopeMoney]| {
                let fits = money.iter().all(|money| money.committed().plus(limit) <= limit);
                if fits { Admission::Grant } else { Admission::Refuse("full".to_owned()) }
            };
            let answer = store.grant(&asked(&name, "shop", MONTH, limit, me), &mut policy).unwrap();
            let word = if matches!(answer, GrantAnswer::Granted(_)) { "granted" } else { "refused" };
            promise(word.to_owned());
        }
        "work" => {
            for turn in 0_u64.. {
                let run = format!("{name}-{turn}");
                let new = asked(&run, "shop", MONTH, cents(5), me);
                let GrantAnswer::Granted(grant) = store.grant(&new, &mut |_| Admission::Grant).unwrap() else {
                    panic!()
                };
                promise(format!("granted {run}"));
                store.heartbeat(&grant, &Progress { spent: cents(1), ..Progress::default() }).unwrap();
                store.settle(&run, grant.fence, Outcome::Ok, &[(row(turn), cents(turn % 7))]).unwrap();
                promise(format!("settled {run} {}", turn % 7));
            }
        }
        other => panic!("no duty `{other}`"),
    }
}

#[test]
fn of_many_processes_one_gets_a_budget_for_one() {
    for _ in 0..4 {
        // The database does not exist yet: all of them try to make it, too.
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("promises")).unwrap();
        let workers: Vec<Child> = (0..8).map(|at| start(directory.path(), "ask once", &format!("w{at}"))).collect();
        for mut worker in workers {
            assert!(worker.wait().unwrap().success());
        }
        let mut answers = promised(directory.path());
        answers.sort_unstable();
        assert_eq!(answers.iter().filter(|answer| *answer == "granted").count(), 1, "{answers:?}");
        assert_eq!(answers.len(), 8, "{answers:?}");
        let store = Sqlite::open(&directory.path().join("state")).unwrap();
        assert_eq!(store.money(&[(org(), MONTH.to_owned())]).unwrap()[0].held, cents(100));
    }
}

#[test]
fn a_storm_of_kills_loses_and_doubles_nothing() {
    const WORKERS: usize = 3;
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("promises")).unwrap();
    let mut workers: Vec<Child> = (0..WORKERS).map(|at| start(directory.path(), "work", &format!("w{at}"))).collect();
    let (begin, mut kills, mut luck) = (Instant::now(), 0_usize, 12_345_u64);
    while begin.elapsed() < Duration::from_secs(8) {
        luck = luck.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(20 + (luck >> 33) % 60));
        let victim = &mut workers[kills % WORKERS];
        victim.kill().unwrap();
        victim.wait().unwrap();
        kills += 1;
        *victim = start(directory.path(), "work", &format!("w{}", kills + WORKERS));
    }
    for mut worker in workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }

    let store = Sqlite::open(&directory.path().join("state")).unwrap();
    assert_eq!(store.audit().unwrap(), Vec::<String>::new());
    let promised = promised(directory.path());
    let settled: Vec<&str> = promised.iter().filter_map(|line| line.strip_prefix("settled ")).collect();
    assert!(kills > 20 && settled.len() > 50, "no storm: {kills} kills, {} settled", settled.len());
    let mut lines: BTreeMap<String, Vec<spec::money::Usd>> = BTreeMap::new();
    for line in store.ledger("shop", None).unwrap() {
        lines.entry(line.run).or_default().push(line.booked);
    }
    for promise in &settled {
        let (run, amount) = promise.split_once(' ').unwrap();
        assert_eq!(lines.get(run), Some(&vec![cents(amount.parse().unwrap())]), "{promise}");
    }
    assert!(lines.values().all(|amounts| amounts.len() == 1), "a run was settled twice");
    for line in &promised {
        let run = line.split(' ').nth(1).unwrap();
        assert!(store.run(run).unwrap().is_some(), "{line}");
    }

    let lost = store.quarantine(&|_| false).unwrap();
    let money = || store.money(&[(org(), MONTH.to_owned())]).unwrap()[0].clone();
    assert!(lost.iter().all(|run| run.state == RunState::Quarantined));
    assert_eq!(money().held, cents(5 * lost.len() as u64), "money is held for open runs and for nothing else");
    assert_eq!(money().settled, lines.values().flatten().copied().sum());
    for run in &lost {
        store.settle(&run.new.run, run.fence, Outcome::Lost, &[(row(0), cents(2))]).unwrap();
    }
    assert_eq!(money().held, cents(0));
    assert_eq!(store.audit().unwrap(), Vec::<String>::new());
}

#[test]
fn a_store_killed_while_it_is_made_can_be_used() {
    let mut made_at = None;
    for delay in 0..30_u64 {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("promises")).unwrap();
        let mut worker = start(directory.path(), "work", "w");
        std::thread::sleep(Duration::from_millis(delay));
        worker.kill().unwrap();
        worker.wait().unwrap();
        if directory.path().join("state/hub.db").exists() {
            made_at.get_or_insert(delay);
        }
        let store = Sqlite::open(&directory.path().join("state")).unwrap();
        assert_eq!(store.audit().unwrap(), Vec::<String>::new(), "killed after {delay} ms");
        let new = asked("mine", "shop", MONTH, cents(1), ProcessId::default());
        assert!(matches!(store.grant(&new, &mut |_| Admission::Grant).unwrap(), GrantAnswer::Granted(_)));
    }
    assert!(made_at.is_some_and(|delay| delay < 29), "no kill came while the store was made");
}
