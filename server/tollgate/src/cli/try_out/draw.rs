//! What an editor would draw, as lines of a terminal: a piece of a file with its lenses, hints and signs, Markdown, tables.

use serde_json::Value;
use std::fmt::Write as _;
use std::io::IsTerminal;

/// Width that texts are wrapped at.
const WIDTH: usize = 96;

/// Colours, or none.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    colours: bool,
}

impl Paint {
    /// Colours on a terminal that wants them.
    pub(super) fn of_this_terminal() -> Paint {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_none_or(|terminal| terminal == "dumb");
        Paint { colours: std::io::stdout().is_terminal() && set("NO_COLOR").is_none() && !dumb }
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.colours && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A heading.
    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What stands beside the matter.
    pub(super) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Good.
    pub(super) fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    /// Bad.
    pub(super) fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    /// What the server adds to a text.
    pub(super) fn cyan(self, text: &str) -> String {
        self.with("36", text)
    }

    fn severity(self, diagnostic: &Value) -> (String, &'static str) {
        match diagnostic["severity"].as_u64() {
            Some(1) => (self.red("X"), "error"),
            Some(2) => (self.with("33", "!"), "warning"),
            Some(3) => (self.cyan("?"), "information"),
            _ => (self.dim("*"), "hint"),
        }
    }
}

/// A piece of a file, with what the server says about it. Lines and columns as in the protocol, from 0, in bytes.
pub(super) struct Frame<'a> {
    /// Path from the root.
    pub(super) path: &'a str,
    /// Its text.
    pub(super) text: &'a str,
    /// The lines that are drawn.
    pub(super) lines: std::ops::Range<usize>,
    /// Code lenses.
    pub(super) lenses: &'a [Value],
    /// Inlay hints.
    pub(super) hints: &'a [Value],
    /// Diagnostics.
    pub(super) diagnostics: &'a [Value],
}

impl Frame<'_> {
    /// Draws it.
    pub(super) fn draw(&self, paint: Paint) -> String {
        let mut drawn = format!("  {}\n", paint.bold(self.path));
        for (at, line) in self.text.lines().enumerate() {
            if !self.lines.contains(&at) {
                continue;
            }
            let lenses: Vec<String> = self.at(self.lenses, "/range/start/line", at).map(title).collect();
            if !lenses.is_empty() {
                let _ = writeln!(drawn, "         | {}", paint.cyan(&lenses.join("  |  ")));
            }
            let here: Vec<&Value> = self.at(self.diagnostics, "/range/start/line", at).collect();
            let sign = here.first().map_or_else(|| " ".to_owned(), |worst| paint.severity(worst).0);
            let hints: Vec<&str> =
                self.at(self.hints, "/position/line", at).filter_map(|hint| hint["label"].as_str()).collect();
            let hints = if hints.is_empty() { String::new() } else { format!("   {}", paint.cyan(&hints.join("  "))) };
            let _ = writeln!(drawn, "  {sign} {:>4} | {}{hints}", at + 1, visible(line));
            for diagnostic in here {
                drawn.push_str(&below(diagnostic, line, paint));
            }
        }
        drawn.pop();
        drawn
    }

    fn at<'v>(&self, all: &'v [Value], place: &'static str, line: usize) -> impl Iterator<Item = &'v Value> {
        let wanted = u64::try_from(line).ok();
        all.iter().filter(move |value| value.pointer(place).and_then(Value::as_u64) == wanted)
    }
}

/// The range underlined, and what is said about it.
fn below(diagnostic: &Value, line: &str, paint: Paint) -> String {
    let (_, word) = paint.severity(diagnostic);
    let column = |name: &str| {
        let at = diagnostic["range"][name]["character"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
        let at = line.floor_char_boundary(at.min(line.len()));
        line[..at].chars().count()
    };
    let same_line = diagnostic["range"]["start"]["line"] == diagnostic["range"]["end"]["line"];
    let (from, to) = (column("start"), if same_line { column("end") } else { line.chars().count() });
    let mark = format!("{}{}", " ".repeat(from), "^".repeat(to.saturating_sub(from).max(1)));
    let mark = if word == "error" { paint.red(&mark) } else { paint.cyan(&mark) };
    let code = diagnostic["code"].as_str().unwrap_or_default();
    let said = format!("{word} {code}: {}", visible(diagnostic["message"].as_str().unwrap_or_default()));
    let said = wrapped(&said, WIDTH - 12).join("\n         | ");
    format!("         | {mark}\n         | {said}\n")
}

/// The title of a lens or an action.
pub(super) fn title(value: &Value) -> String {
    let title = value["command"]["title"].as_str().or_else(|| value["title"].as_str());
    visible(title.unwrap_or_default())
}

fn visible(text: &str) -> String {
    delivery::prompt::visible(text)
}

/// Markdown as a terminal reads best: without its signs, tables in columns, wrapped, each line behind `indent`.
pub(super) fn markdown(text: &str, indent: &str) -> String {
    let mut drawn: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in text.lines().chain([""]) {
        if let Some(row) = line.strip_prefix('|') {
            let row = row.trim_end().trim_end_matches('|');
            if !row.bytes().all(|byte| b"-|: ".contains(&byte)) || row.trim_matches(['|', ' ']).is_empty() {
                rows.push(row.split(" |").map(|cell| plain(cell.trim())).collect());
            }
            continue;
        }
        drawn.extend(columns(&std::mem::take(&mut rows)));
        let heading = line.trim_start_matches('#').trim_start();
        let depth = line.len() - line.trim_start().len();
        let hang = if line.trim_start().starts_with("- ") { depth + 2 } else { depth };
        let line = if line.starts_with('#') { heading } else { line };
        let mut pieces = wrapped(&plain(line), WIDTH - indent.len() - hang).into_iter();
        drawn.extend(pieces.next());
        drawn.extend(pieces.map(|piece| format!("{}{piece}", " ".repeat(hang))));
    }
    drawn.dedup_by(|one, before| one.trim().is_empty() && before.trim().is_empty());
    let from = drawn.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    let to = drawn.iter().rposition(|line| !line.trim().is_empty()).map_or(from, |last| last + 1);
    drawn[from..to].iter().map(|line| format!("{indent}{line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Without emphasis, code marks and escapes.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut letters = line.chars().peekable();
    let mut code = false;
    while let Some(letter) = letters.next() {
        match letter {
            '`' => code = !code,
            letter if code => plain.push(letter),
            '\\' if letters.peek().is_some_and(char::is_ascii_punctuation) => plain.extend(letters.next()),
            '*' if letters.peek() == Some(&'*') => _ = letters.next(),
            other => plain.push(other),
        }
    }
    visible(&plain)
}

/// Rows with their cells below each other; the last column is as wide as it likes.
fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|at| width(at).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Lines of at most `width` characters, cut between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let depth = text.len() - text.trim_start().len();
    let mut lines = vec![" ".repeat(depth)];
    for word in text.split_whitespace() {
        let fits = |line: &String| line.trim().is_empty() || line.chars().count() + 1 + word.chars().count() <= width;
        match lines.last_mut().filter(|line| fits(line)) {
            Some(line) => {
                if !line.trim().is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NONE: Paint = Paint { colours: false };

    #[test]
    fn a_finding_is_drawn_under_its_bytes() {
        let range = json!({"start": {"line": 1, "character": 3}, "end": {"line": 1, "character": 5}});
        let frame = Frame {
            path: "src/a.rs",
            text: "one\né 12 x\nthree\n",
            lines: 1..3,
            lenses: &[json!({"range": {"start": {"line": 2, "character": 0}}, "command": {"title": "Run"}})],
            hints: &[json!({"position": {"line": 2, "character": 5}, "label": "$1 used"})],
            diagnostics: &[json!({"range": range, "severity": 1, "code": "gate/finding", "message": "no"})],
        };
        let expected = "  src/a.rs\n  X    2 | é 12 x\n         |   ^^\n         | error gate/finding: no\n         | Run\n       3 | three   $1 used";
        assert_eq!(frame.draw(NONE), expected);
    }

    #[test]
    fn markdown_loses_its_signs_and_keeps_its_words() {
        let text =
            "### A\\_b\n\n**Next:** `fix`.\n\n\n- one\n| | pass | why |\n|---|---|---|\n| x | fix | it is so |\n";
        assert_eq!(markdown(text, "  "), "  A_b\n\n  Next: fix.\n\n  - one\n     pass  why\n  x  fix   it is so");
        assert_eq!(markdown("", "  "), "");
    }

    #[test]
    fn long_lines_are_cut_between_words() {
        assert_eq!(wrapped("  aa bb cc", 7), ["  aa bb", "cc"]);
        assert_eq!(wrapped("aaaaaaaaaa b", 3), ["aaaaaaaaaa", "b"]);
    }
}
