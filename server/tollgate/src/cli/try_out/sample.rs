//! The bundled repository, and a user's configuration in which no coding agent is installed but the recorded one.

use super::Place;
use anyhow::Context;
use include_dir::{Dir, include_dir};
use runner::files::{Root, make_own_folder};
use runner::programs::find_program;
use std::fmt::Write as _;

/// Folders of the shop, one by one: beside them may lie what building it left.
static FOLDERS: [(&str, Dir<'static>); 11] = [
    (".claude", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/.claude")),
    (".tollgate", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/.tollgate")),
    ("api", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/api")),
    ("docs", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/docs")),
    ("migrations", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/migrations")),
    ("reports", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/reports")),
    ("scripts", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/scripts")),
    ("src", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/src")),
    ("testdata", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/testdata")),
    ("tests", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/tests")),
    ("web", include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/shop/web")),
];

/// Files of the shop that lie in no folder.
static FILES: [(&str, &[u8]); 8] = [
    (".editorconfig", include_bytes!("../../../../../fixtures/shop/.editorconfig")),
    (".gitattributes", include_bytes!("../../../../../fixtures/shop/.gitattributes")),
    (".gitignore", include_bytes!("../../../../../fixtures/shop/.gitignore")),
    ("Cargo.lock", include_bytes!("../../../../../fixtures/shop/Cargo.lock")),
    ("Cargo.toml", include_bytes!("../../../../../fixtures/shop/Cargo.toml")),
    ("README.md", include_bytes!("../../../../../fixtures/shop/README.md")),
    ("clippy.toml", include_bytes!("../../../../../fixtures/shop/clippy.toml")),
    ("rustfmt.toml", include_bytes!("../../../../../fixtures/shop/rustfmt.toml")),
];

/// The ticket that the tour works on.
pub(super) const TICKET: &str = "bug-7";
/// Its branch, as its file names it.
const BRANCH: &str = "fix/bug-7-cart-and-order-disagree";

/// Writes the sample and the configuration that goes with it.
pub(super) fn lay_down(place: &Place) -> anyhow::Result<()> {
    make_own_folder(&place.shop())?;
    let shop = Root::open_project(&place.shop())?;
    for (path, bytes) in files() {
        shop.write(&path, bytes).with_context(|| format!("{path} of the sample cannot be written"))?;
    }
    if find_program("git").is_some() {
        let who = ("Tollgate sample", "sample@tollgate.invalid");
        runner::try_out::commit(&place.shop(), who, "The shop, with bug-7 open", BRANCH)
            .context("the sample cannot be made a repository")?;
    }
    let root = Root::open(&place.folder)?;
    root.write("config/tollgate/config.yaml", configuration(place).as_bytes())?;
    Ok(())
}

/// Every file of the sample, by its path from the root.
fn files() -> impl Iterator<Item = (String, &'static [u8])> {
    let mut all: Vec<(String, &'static [u8])> =
        FILES.iter().map(|(path, bytes)| ((*path).to_owned(), *bytes)).collect();
    for (folder, dir) in &FOLDERS {
        add(dir, folder, &mut all);
    }
    all.into_iter()
}

/// Adds the files of a bundled folder below `under`.
pub(super) fn add(dir: &'static Dir<'static>, under: &str, all: &mut Vec<(String, &'static [u8])>) {
    for file in dir.files() {
        all.push((format!("{under}/{}", file.path().display()), file.contents()));
    }
    for inner in dir.dirs().filter(|inner| !inner.path().ends_with("__pycache__")) {
        add(inner, under, all);
    }
}

/// Agent CLIs of this machine are named as programs that do not exist: the tour never starts one. JSON words are YAML.
fn configuration(place: &Place) -> String {
    let mut text = String::from(
        "# Written by `tollgate try` for its sample; your own configuration lies elsewhere and is not read here.\n\
         schema_version: 1\nharnesses:\n",
    );
    let program = serde_json::Value::from(place.program.display().to_string());
    let _ = writeln!(text, "  command: {{command: [{program}, try, --as-agent]}}");
    for known in runner::harness::ALL.into_iter().filter(|known| known.alias() != "command") {
        let _ = writeln!(text, "  {}: {{command: [/not/started/by/tollgate/try]}}", known.alias());
    }
    text
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn on_disk(folder: &Path, under: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            let built = under.is_empty() && name == "target";
            if built || name == "__pycache__" {
                continue;
            }
            let path = format!("{under}{name}");
            if entry.file_type().unwrap().is_dir() {
                on_disk(&entry.path(), &format!("{path}/"), found);
            } else {
                found.insert(path);
            }
        }
    }

    #[test]
    fn nothing_of_the_shop_is_left_behind_and_nothing_that_was_built_comes_along() {
        let mut expected = BTreeSet::new();
        on_disk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shop"), "", &mut expected);
        let bundled: BTreeSet<String> = files().map(|(path, _)| path).collect();
        assert_eq!(bundled, expected, "new in the shop, or gone: add it above, or touch this file to bundle again");
        let size: usize = files().map(|(_, bytes)| bytes.len()).sum();
        assert!(size < 300_000, "the bundled sample has grown to {size} bytes");
    }

    #[test]
    fn no_agent_but_the_recorded_one_can_be_started() {
        let place = Place { folder: "/tmp/x".into(), program: std::env::current_exe().unwrap() };
        let config = runner::home::UserConfig::parse(&configuration(&place));
        assert_eq!(config.problems, [""; 0]);
        for known in runner::harness::ALL {
            let program = &config.harnesses[known.alias()].command[0];
            assert_eq!(find_program(program).is_some(), known.alias() == "command", "{program}");
        }
    }
}
