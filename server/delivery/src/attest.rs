//! What a person's decision is worth: whether it is signed, by whose key, and whether the base branch lets that key speak.
//!
//! Who may sign stands in `.tollgate/allowed_signers` of the *base branch*, in the format of `ssh-keygen`'s allowed
//! signers; keys that were lost stand in `.tollgate/revoked_signers`, one public key a line. Where the base names signers,
//! a person's decision counts only with a signature of one of them; where it names none, an unsigned one is a click.
//! A key that must be touched (`sk-…`) gives the strength `os`, any other key stays `ui`: whatever runs as the user can
//! sign with it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use spec::Project;
use spec::record::{Decision, DecisionPredicate, ReviewerKind, Strength};
use text::BlobId;

/// Place of the file that names who may sign.
pub const SIGNERS: &str = ".tollgate/allowed_signers";
/// Place of the file that names keys that may no longer.
pub const REVOKED: &str = ".tollgate/revoked_signers";
/// The namespace of our signatures.
pub const NAMESPACE: &str = "gate@tollgate";

/// The base branch: what was agreed on before this work began.
#[derive(Clone, Default, Debug)]
pub struct Base {
    /// `origin/main`.
    pub name: String,
    /// Its commit.
    pub commit: String,
    /// Its delivery files.
    pub project: Project,
    /// Who may sign; none where it does not say.
    pub signers: Option<Signers>,
    /// Keys that may no longer: type and base64.
    pub revoked: Vec<String>,
}

/// What a signature beside a record turned out to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Signature {
    /// It is over exactly these bytes.
    Holds {
        /// The public key: type and base64.
        key: String,
        /// Somebody touched the key for it.
        presence: bool,
    },
    /// It is not, with the reason.
    Broken(String),
}

/// Rows of an allowed signers file.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Signers {
    rows: Vec<Row>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Row {
    principals: Vec<String>,
    namespaces: Vec<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    /// False when an option is not understood: a row that is not understood allows nobody.
    understood: bool,
    key: String,
}

impl Signers {
    /// Reads the file. What cannot be read allows nobody.
    pub fn parse(text: &str) -> Signers {
        Signers { rows: text.lines().filter_map(row).collect() }
    }

    /// Whether the key may sign for this person at this time; the error is the end of a sentence.
    fn allow(&self, key: &str, who: &str, time: &str) -> Result<(), String> {
        let of_key: Vec<&Row> = self.rows.iter().filter(|row| row.key == key).collect();
        if of_key.is_empty() {
            return Err("does not name the key".to_owned());
        }
        let named: Vec<&&Row> = of_key.iter().filter(|row| is_named(&row.principals, who)).collect();
        if named.is_empty() {
            let owner = crate::prompt::one_line(&of_key[0].principals.join(","), 60);
            return Err(format!("gives the key to {owner}"));
        }
        let here: Vec<&&&Row> = named
            .iter()
            .filter(|row| row.understood && (row.namespaces.is_empty() || is_named(&row.namespaces, NAMESPACE)))
            .collect();
        if here.is_empty() {
            return Err("allows the key for something else".to_owned());
        }
        let Ok(time) = time.parse::<Timestamp>() else {
            return Err("cannot say whether the key was valid then".to_owned());
        };
        let valid = |row: &&&&Row| row.after.is_none_or(|from| time >= from) && row.before.is_none_or(|end| time < end);
        if here.iter().any(valid) { Ok(()) } else { Err("did not allow the key at that time".to_owned()) }
    }
}

/// Public keys of a text, one a line, as type and base64; what stands after them is a comment.
pub fn keys(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| key_of(line.split_whitespace())).collect()
}

fn key_of<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<String> {
    Some(format!("{} {}", words.next()?, words.next()?))
}

/// `principals [options] type base64 [comment]`
fn row(line: &str) -> Option<Row> {
    let words = words(line.trim());
    let principals = words.first().filter(|first| !first.starts_with('#'))?;
    let is_type = |word: &String| ["ssh-", "sk-", "ecdsa-"].iter().any(|start| word.starts_with(start));
    let at = words.iter().skip(1).take(2).position(is_type)? + 1;
    let mut row = Row {
        principals: principals.split(',').map(str::to_owned).collect(),
        namespaces: Vec::new(),
        after: None,
        before: None,
        understood: true,
        key: key_of(words[at..].iter().map(String::as_str))?,
    };
    if at == 2 {
        for option in options(&words[1]) {
            let (name, value) = option.split_once('=').unwrap_or((&option, ""));
            match (name.to_ascii_lowercase().as_str(), moment(value)) {
                ("namespaces", _) => row.namespaces = value.split(',').map(str::to_owned).collect(),
                ("valid-after", Some(time)) => row.after = Some(time),
                ("valid-before", Some(time)) => row.before = Some(time),
                _ => row.understood = false,
            }
        }
    }
    Some(row)
}

/// Words apart by white space; quotes hold together what they enclose and are left out, but for those of an option.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                word.push('"');
            }
            space if space.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    if let Some(first) = words.first_mut() {
        *first = first.trim_matches('"').to_owned();
    }
    words
}

/// `name="a,b",name` apart by commas outside of quotes, without the quotes.
fn options(word: &str) -> Vec<String> {
    let (mut options, mut option, mut quoted) = (Vec::new(), String::new(), false);
    for character in word.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => options.push(std::mem::take(&mut option)),
            other => option.push(other),
        }
    }
    options.push(option);
    options
}

/// `YYYYMMDD[HHMM[SS]][Z]`, always taken as UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let digits = text.trim_end_matches(['Z', 'z']);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let format = match digits.len() {
        8 => return moment(&format!("{digits}0000")),
        12 => return moment(&format!("{digits}00")),
        14 => "%Y%m%d%H%M%S",
        _ => return None,
    };
    let civil = DateTime::strptime(format, digits).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Whether patterns (`*`, `?`, and `!` for none of these) name a word.
fn is_named(patterns: &[String], word: &str) -> bool {
    let denied = |pattern: &String| pattern.strip_prefix('!').is_some_and(|pattern| matches(pattern, word));
    !patterns.iter().any(denied) && patterns.iter().any(|pattern| matches(pattern, word))
}

fn matches(pattern: &str, word: &str) -> bool {
    let glob = globset::GlobBuilder::new(pattern).case_insensitive(true).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(word))
}

/// A decision, weighed.
#[derive(Clone, PartialEq, Debug)]
pub struct Weighed<'a> {
    /// What it says.
    pub decision: &'a Decision,
    /// Its content.
    pub blob: BlobId,
    /// How hard it really is to forge.
    pub strength: Strength,
    /// True when a signer that the base branch names has signed it.
    pub vouched: bool,
    /// Who signed, in words; empty for an agent's.
    pub words: String,
    /// Why it counts for nothing, if so.
    pub void: Option<String>,
}

/// Weighs a decision whose record has that content. `signature` is what stands beside it.
pub fn weigh<'a>(
    decision: &'a Decision,
    blob: BlobId,
    signature: Option<&Signature>,
    base: Option<&Base>,
) -> Weighed<'a> {
    let made = &decision.predicate;
    let mut weighed =
        Weighed { decision, blob, strength: Strength::Ui, vouched: false, words: String::new(), void: None };
    if made.reviewer_kind == ReviewerKind::Agent {
        return weighed;
    }
    match worth(made, signature, base) {
        Ok((strength, words)) => {
            weighed.vouched = signature.is_some() && base.is_some_and(|base| base.signers.is_some());
            (weighed.strength, weighed.words) = (strength, words);
        }
        Err(why) => weighed.void = Some(why),
    }
    weighed
}

fn worth(
    made: &DecisionPredicate,
    signature: Option<&Signature>,
    base: Option<&Base>,
) -> Result<(Strength, String), String> {
    let signers = base.and_then(|base| Some((base.name.as_str(), base.signers.as_ref()?)));
    match (signature, signers) {
        (None, Some((name, _))) => Err(format!("it is not signed, and {name} says who has to sign")),
        (None, None) if made.strength > Strength::Ui => {
            Err("it says that it is signed, and no signature lies beside it".to_owned())
        }
        (None, None) => Ok((Strength::Ui, "not signed".to_owned())),
        (Some(Signature::Broken(why)), _) => Err(format!("its signature does not hold: {why}")),
        (Some(Signature::Holds { .. }), None) => {
            Ok((Strength::Ui, "signed, by a key that the base branch does not name".to_owned()))
        }
        (Some(Signature::Holds { key, presence }), Some((name, signers))) => {
            if base.is_some_and(|base| base.revoked.contains(key)) {
                return Err(format!("{name} has revoked the key that signed it"));
            }
            signers.allow(key, mail(&made.reviewer), &made.time).map_err(|why| format!("{name} {why}"))?;
            let (strength, words) = match presence {
                true => (Strength::Os, "signed, with a touch of the key"),
                false => (Strength::Ui, "signed"),
            };
            Ok((strength, words.to_owned()))
        }
    }
}

/// The address of `name <mail>`, else the whole.
fn mail(reviewer: &str) -> &str {
    let inner = reviewer.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
    inner.unwrap_or(reviewer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::record::Verdict;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER";

    fn decided(strength: Strength) -> Decision {
        Decision {
            schema_version: 1,
            statement: String::new(),
            subject: Vec::new(),
            predicate_type: String::new(),
            predicate: DecisionPredicate {
                id: "1".into(),
                ticket: "t".into(),
                workflow: "w".into(),
                workflow_blob: BlobId::of(b""),
                pass: "p".into(),
                attempt: 1,
                run: None,
                decision: Verdict::Approved,
                reason: String::new(),
                criteria: Vec::new(),
                budget: None,
                reviewer_kind: ReviewerKind::Human,
                reviewer: "Ada L <ada@shop.example>".into(),
                generator: None,
                channel: "terminal".into(),
                strength,
                time: "2026-11-20T10:00:00Z".into(),
                prev: Vec::new(),
                supersedes: None,
            },
        }
    }

    fn base(signers: Option<&str>, revoked: &str) -> Base {
        Base {
            name: "origin/main".into(),
            signers: signers.map(Signers::parse),
            revoked: keys(revoked),
            ..Base::default()
        }
    }

    fn said(signature: Option<&Signature>, base: Option<&Base>) -> String {
        let decision = decided(Strength::Ui);
        let weighed = weigh(&decision, BlobId::of(b""), signature, base);
        weighed.void.unwrap_or(format!("{:?}: {}", weighed.strength, weighed.words))
    }

    fn holds(presence: bool) -> Signature {
        Signature::Holds { key: KEY.into(), presence }
    }

    #[test]
    fn without_signers_a_decision_is_a_click() {
        for base in [None, Some(base(None, ""))] {
            assert_eq!(said(None, base.as_ref()), "Ui: not signed");
            let known = said(Some(&holds(true)), base.as_ref());
            assert_eq!(known, "Ui: signed, by a key that the base branch does not name");
            let broken = Signature::Broken("a byte was changed".into());
            assert_eq!(said(Some(&broken), base.as_ref()), "its signature does not hold: a byte was changed");
        }
        let claims = decided(Strength::Os);
        assert!(weigh(&claims, BlobId::of(b""), None, None).void.is_some(), "a claim is no proof");
    }

    #[test]
    fn the_base_says_who_may_sign() {
        let row = |options: &str| base(Some(&format!("# ours\nada@shop.example {options}{KEY} a comment\n")), "");
        assert_eq!(said(None, Some(&row(""))), "it is not signed, and origin/main says who has to sign");
        for options in [
            "",
            "namespaces=\"gate@tollgate\" ",
            "namespaces=\"git,gate@*\",valid-after=\"20260101\" ",
            "valid-before=\"20261120100001Z\" ",
        ] {
            assert_eq!(said(Some(&holds(false)), Some(&row(options))), "Ui: signed", "{options}");
            assert_eq!(said(Some(&holds(true)), Some(&row(options))), "Os: signed, with a touch of the key");
        }
        for (options, why) in [
            ("namespaces=\"git\" ", "allows the key for something else"),
            ("cert-authority ", "allows the key for something else"),
            ("valid-before=\"soon\" ", "allows the key for something else"),
            ("valid-before=\"20261120\" ", "did not allow the key at that time"),
            ("valid-after=\"202611201001\" ", "did not allow the key at that time"),
        ] {
            assert_eq!(said(Some(&holds(true)), Some(&row(options))), format!("origin/main {why}"), "{options}");
        }
        for (signers, why) in [
            (String::new(), "does not name the key"),
            (format!("bob@shop.example,eve@* {KEY}"), "gives the key to bob@shop.example,eve@*"),
            (format!("*@shop.example,!ada@* {KEY}"), "gives the key to *@shop.example,!ada@*"),
            ("ada@shop.example ssh-ed25519 AAAAB3".to_owned(), "does not name the key"),
        ] {
            assert_eq!(said(Some(&holds(true)), Some(&base(Some(&signers), ""))), format!("origin/main {why}"));
        }
        let wide = base(Some(&format!("\"*@SHOP.example\" {KEY}")), "");
        assert_eq!(said(Some(&holds(false)), Some(&wide)), "Ui: signed");
        let revoked = base(Some(&format!("* {KEY}")), &format!("# lost\n{KEY} ada's old one\n"));
        assert_eq!(said(Some(&holds(true)), Some(&revoked)), "origin/main has revoked the key that signed it");
    }
}
