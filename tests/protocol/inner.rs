//! Projects inside the folder that is open: a package with delivery files of its own.

use crate::client::builder;
use serde_json::json;

const AGENT: &str = "---\nschema_version: 1\nname: worker\ncategory: implementer\n---\nYou work.\n";
const FLOW: &str = "---\nschema_version: 1\nname: mend\nticket: {types: [bug]}\npasses:\n  - {id: a, agent: worker}\n  - {id: b, agent: nobody}\n---\n## a\nA.\n\n## b\nB.\n";

#[test]
fn a_package_is_a_project_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(".tollgate/agents/nobody.md", &AGENT.replace("worker", "nobody"));
    write("packages/shop/.tollgate/agents/worker.md", AGENT);
    write("packages/shop/.tollgate/workflows/mend.md", FLOW);
    let mut server = builder().with("/rootUri", json!(format!("file://{}", root.display()))).start();
    let uri = |path: &str| format!("file://{}/{path}", root.join("packages/shop/.tollgate").display());
    let flow = uri("workflows/mend.md");
    server.open(&flow, FLOW);

    // its agents are known, those of the folder around it are not its own
    let end = std::time::Instant::now() + crate::client::PATIENCE;
    loop {
        let said = server.expect_notification("textDocument/publishDiagnostics");
        let messages: Vec<&str> =
            said["diagnostics"].as_array().unwrap().iter().map(|it| it["message"].as_str().unwrap()).collect();
        let unknown: Vec<_> = messages.iter().filter(|words| words.starts_with("There is no agent")).collect();
        if said["uri"] == json!(flow) && unknown.len() == 1 && unknown[0].contains("nobody") {
            break;
        }
        assert!(std::time::Instant::now() < end, "{messages:?}");
    }
    let at = json!({ "textDocument": { "uri": flow }, "position": { "line": 5, "character": 20 } });
    let found = server.ask("textDocument/definition", at).unwrap();
    assert_eq!(found[0]["uri"], json!(uri("agents/worker.md")));

    // nothing is planned there, and nothing can be started
    let lenses = server.ask("textDocument/codeLens", json!({ "textDocument": { "uri": flow } })).unwrap();
    assert!(!lenses.to_string().contains("Run pass"), "{lenses}");
    server.hear_out();
}
