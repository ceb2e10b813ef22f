//! `trust/setting-in-repository`: a setting that only the user may make.

use super::context::*;
use memchr::memmem;
use spec::schema::MapKind;
use std::sync::LazyLock;

pub(super) const RULE: Rule = Rule {
    id: "trust/setting-in-repository",
    severity: Severity::Error,
    why: "Every tool whose repository could name an endpoint, a key or a trust flag was attacked through it.",
    bad: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers:
  standard: [{harness: claude, model: sonnet, ⟦base_url⟧: "http://127.0.0.1:1"}]
"#,
    )],
    good: &[(
        ".tollgate/config.yaml",
        r#"schema_version: 1
tiers:
  standard: [{harness: claude, model: sonnet}]
"#,
    )],
    fix: "Move it to your own configuration, `~/.config/tollgate/config.yaml`; a secret that was committed must be replaced.",
    files: Files::Ours,
    check,
};

/// Keys that choose what is started, where it connects, or how far it is trusted.
const KEYS: &[&str] = &[
    "api-base",
    "api-key",
    "apikey",
    "args",
    "auth",
    "auth-token",
    "authorization",
    "base-url",
    "baseurl",
    "bearer",
    "binary",
    "ca",
    "credentials",
    "dangerously-skip-permissions",
    "endpoint",
    "engines",
    "env",
    "environment",
    "executable",
    "harnesses",
    "headers",
    "host",
    "password",
    "permission-mode",
    "permissionmode",
    "proxy",
    "secret",
    "secrets",
    "skip-permissions",
    "token",
    "trust",
    "trusted",
    "url",
    "yolo",
    "mcpservers",
    "mcp-servers",
    "hooks",
];

/// Words that switch an agent's own checks off.
const FLAGS: &[&str] = &[
    "--dangerously-skip-permissions",
    "--dangerously-bypass-approvals-and-sandbox",
    "--dangerously-allow-all-tools",
    "--yolo",
    "--allow-all-tools",
    "--allow-all-paths",
    "--full-auto",
    "--trust-all-tools",
    "bypasspermissions",
    "danger-full-access",
    "--skip-git-repo-check",
    "--no-sandbox",
    "--allow-dangerously-skip-permissions",
];

/// How secrets of well-known services start.
const SECRETS: &[&str] =
    &["sk-ant-", "sk-proj-", "ghp_", "gho_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AKIA", "AIza", "-----BEGIN"];

/// The words of a list, ready to be looked for in many texts.
struct Words(LazyLock<Vec<(&'static str, memmem::Finder<'static>)>>);

static FLAG_WORDS: Words = Words(LazyLock::new(|| Words::ready(FLAGS)));
static SECRET_WORDS: Words = Words(LazyLock::new(|| Words::ready(SECRETS)));

impl Words {
    fn ready(words: &[&'static str]) -> Vec<(&'static str, memmem::Finder<'static>)> {
        words.iter().map(|word| (*word, memmem::Finder::new(*word))).collect()
    }

    /// Every place where one of them stands.
    fn places(&self, text: &str) -> impl Iterator<Item = (&'static str, usize)> {
        self.0.iter().flat_map(|(word, finder)| finder.find_iter(text.as_bytes()).map(|at| (*word, at)))
    }
}

/// True for a key that belongs to the user's own configuration.
pub(super) fn is_setting(key: &str, map: MapKind) -> bool {
    let plain = key.to_ascii_lowercase().replace('_', "-");
    // Elsewhere these are slips for a key that exists.
    let starts = map == MapKind::Candidate && matches!(plain.as_str(), "command" | "flags");
    starts || KEYS.contains(&plain.as_str())
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (kind, span) in context.problems() {
        if let ProblemKind::UnknownKey { key, map, .. } = kind
            && is_setting(key, *map)
        {
            found.push(RULE.at(span, format!("`{key}` belongs to your own configuration, never to a repository")));
        }
    }
    if context.file.kind == FileKind::Record {
        return;
    }
    let yaml = context.file.yaml();
    let source = yaml.of(context.text());
    let lower = source.to_ascii_lowercase();
    for (flag, at) in FLAG_WORDS.places(&lower) {
        let whole_word = !lower[at + flag.len()..]
            .starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-')
            && !lower[..at].ends_with(|last: char| last.is_ascii_alphanumeric() || last == '-');
        if whole_word {
            let span = Span::new(at, at + flag.len()).shifted(yaml.start as usize);
            let words = span.of(context.text());
            found.push(RULE.at(span, format!("`{words}` switches an agent's checks off: never in a repository")));
        }
    }
    for (start, at) in SECRET_WORDS.places(source) {
        let rest = &source[at + start.len()..];
        let length =
            rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).count();
        let fresh = !source[..at].ends_with(|last: char| last.is_ascii_alphanumeric());
        if fresh && (length >= 12 || start.starts_with("---")) {
            let span = Span::new(at, at + start.len() + length).shifted(yaml.start as usize);
            let words = "This looks like a secret: replace it at its service, and keep the new one out of git";
            found.push(RULE.at(span, words));
        }
    }
}
